// A chosen photo is shown small, with its size, before it is sent. Drawn on a canvas: no address, nothing to allow.
import { fresh } from "./find.js";

const LARGE = 5_000_000;

function size(bytes) {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

async function thumbnail(file) {
  const picture = await createImageBitmap(file, { resizeHeight: 192, resizeQuality: "medium" });
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.width, picture.height];
  canvas.getContext("2d").drawImage(picture, 0, 0);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", file.name);
  picture.close();
  return canvas;
}

export function bind(root) {
  for (const box of fresh(root, "[data-file]", "file")) {
    const input = box.querySelector("input[type=file]");
    const shots = box.querySelector("[data-shots]");
    input?.addEventListener("change", async () => {
      const lines = [...input.files].map(async (file) => {
        const line = document.createElement("li");
        if (file.type.startsWith("image/")) line.append(...(await thumbnail(file).then((c) => [c], () => [])));
        const words = file.size > LARGE ? box.dataset.tooBig : "{name}, {size}";
        line.append(words.replace("{name}", file.name).replace("{size}", size(file.size)));
        return line;
      });
      shots.replaceChildren(...(await Promise.all(lines)));
    });
  }
}
