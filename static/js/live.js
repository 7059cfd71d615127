// Live, but quiet. data-live-url is asked every data-live-every seconds: not in a hidden tab, less often when it does
// not answer. JSON {"new": 3, "mark": "…"} shows a chip; HTML (a job's progress) replaces the element by the one with
// the same id, and ends when that has no data-live-url any more. Nothing the reader looks at moves.
import { fresh } from "./find.js";

const fill = (words, n) => words.replace("{n}", n);

class Live {
  constructor(element) {
    this.element = element;
    this.every = Number(element.dataset.liveEvery || 20) * 1000;
    this.mark = element.dataset.liveMark ?? "";
    this.etag = null;
    this.fails = 0;
    this.at = Date.now();
    this.age = element.querySelector("[data-live-age]");
    this.chip = element.querySelector("[data-live-new]");
    if (this.age) this.clock = setInterval(() => this.tell(), 5000);
    this.tell();
    this.later();
    this.wake = () => document.hidden || this.ask();
    document.addEventListener("visibilitychange", this.wake);
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), Math.min(this.every * 2 ** this.fails, 300_000));
  }

  stop() {
    clearTimeout(this.timer);
    clearInterval(this.clock);
    document.removeEventListener("visibilitychange", this.wake);
  }

  async ask() {
    if (!this.element.isConnected) return this.stop();
    if (document.hidden) return;
    try {
      const url = new URL(this.element.dataset.liveUrl, location.href);
      if (this.mark) url.searchParams.set("since", this.mark);
      // X-Live: asking by itself does not keep anybody signed in (techdesk.directory.sessions).
      const headers = { Accept: "application/json, text/html", "HX-Request": "true", "X-Live": "1" };
      if (this.etag) headers["If-None-Match"] = this.etag;
      const answer = await fetch(url, { headers, redirect: "error" });
      if (answer.status !== 304) {
        if (!answer.ok) throw new Error(String(answer.status));
        this.etag = answer.headers.get("ETag");
        if (answer.headers.get("Content-Type")?.includes("json")) this.count(await answer.json());
        else return this.replace(await answer.text());
      }
      this.fails = 0;
      this.at = Date.now();
    } catch {
      this.fails = Math.min(this.fails + 1, 4);
    }
    this.tell();
    this.later();
  }

  count(found) {
    if (!this.chip || !found.new) return;
    this.chip.textContent = found.new === 1 ? this.chip.dataset.one : fill(this.chip.dataset.many, found.new);
  }

  replace(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const next = this.element.id ? page.getElementById(this.element.id) : page.querySelector("[data-live-url]");
    this.stop();
    if (!next) return;
    this.element.replaceWith(next);
    globalThis.htmx?.process(next);
    bind(next);
  }

  tell() {
    if (!this.age) return;
    const seconds = Math.round((Date.now() - this.at) / 1000);
    const { now, seconds: some, minutes, off } = this.age.dataset;
    if (this.fails > 1) this.age.textContent = fill(off, Math.max(1, Math.round(seconds / 60)));
    else if (seconds < 5) this.age.textContent = now;
    else this.age.textContent = seconds < 90 ? fill(some, seconds) : fill(minutes, Math.round(seconds / 60));
  }
}

export function bind(root) {
  for (const element of fresh(root, "[data-live-url]", "live")) new Live(element);
}
