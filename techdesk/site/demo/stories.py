"""What people of the demo district ask for, and how it was solved. Made up; {tag} is the device's tag."""

from __future__ import annotations

from typing import NamedTuple


class Story(NamedTuple):
    issue: str  # slug of the issue type
    about: str  # "chromebook", "board", "cart", "student", "" – which device or person belongs to it
    subject: str
    description: str
    question: str  # what the technician writes back
    solution: str


STORIES = (
    Story(
        "device",
        "chromebook",
        "Screen cracked, needs a loaner",
        "It fell off the table in second period. The screen has a crack across it; the keyboard still works.",
        "Thank you. Please send it down with the charger; a loaner is ready at the desk.",
        "Screen replaced, tested for an hour. The loaner is back in the pool.",
    ),
    Story(
        "device",
        "chromebook",
        "Keyboard: three keys do not work",
        "E, R and the space bar do nothing. It began this week.",
        "Did anything get spilled on it?",
        "Keyboard replaced under warranty.",
    ),
    Story(
        "device",
        "chromebook",
        "Does not charge any more",
        "The light stays off with two different chargers.",
        "Could you try the charger of the one next to it? I will stop by at lunch.",
        "The charging port was bent. Swapped the board.",
    ),
    Story(
        "device",
        "cart",
        "Cart: three do not charge",
        "Slots 3, 7 and 12 are empty every morning although they are plugged in.",
        "I will look at the cart's timer this afternoon.",
        "One power strip in the cart had come loose. All slots charge.",
    ),
    Story(
        "device",
        "chromebook",
        "Very slow since the update",
        "It takes five minutes until a page opens.",
        "Which page do you open first? I will look at its free storage.",
        "Storage was full of old profiles. Removed them; it starts in 10 seconds.",
    ),
    Story(
        "board",
        "board",
        "Board stays dark",
        "The board shows no picture. The sound works. We have it on HDMI 1.",
        "On my way. Please leave everything as it is.",
        "The HDMI cable was loose at the wall plate. Fixed it with a clamp.",
    ),
    Story(
        "board",
        "board",
        "Touch is off by a hand's width",
        "Whatever I touch, the pointer is four inches to the left.",
        "Can you write with the pen?",
        "Calibrated the board; the steps are in the drawer.",
    ),
    Story(
        "board",
        "board",
        "No sound from the board",
        "Videos play without sound. The volume is all the way up.",
        "Which computer is connected, the Chromebook or the desktop?",
        "Sound was sent to the wrong output. Set it back and locked it.",
    ),
    Story(
        "internet",
        "",
        "Wi-Fi drops in the gym",
        "Every few minutes all Chromebooks lose the connection.",
        "How many devices do you have in there at the same time?",
        "The access point was rebooting. Replaced its power injector.",
    ),
    Story(
        "internet",
        "",
        "Internet is very slow in the mornings",
        "Between 8 and 8:30 nothing loads. After that it is fine.",
        "I am measuring tomorrow morning from your room.",
        "Updates were downloading at 8:00; moved them to the night.",
    ),
    Story(
        "printing",
        "",
        "Printer in the library asks for toner",
        "It says toner low and refuses to print more than one page.",
        "New toner is on its way.",
        "Toner replaced. Two more are in the closet.",
    ),
    Story(
        "printing",
        "",
        "Print jobs never come out",
        "I print, it says sent, and nothing happens. Others can print.",
        "Which name does the printer have on your screen?",
        "Removed an old printer of the same name.",
    ),
    Story(
        "login",
        "student",
        "Student cannot sign in",
        "The password worked yesterday. Now it says it is wrong.",
        "Is Caps Lock on? I can set a new one with you in two minutes.",
        "Set a new password together with the student.",
    ),
    Story(
        "login",
        "",
        "My gradebook password has expired",
        "I cannot enter grades and they are due on Friday.",
        "I have sent you a link; it works for two hours.",
        "New password set. Grades are in.",
    ),
    Story(
        "login",
        "student",
        "New student has no account yet",
        "Started today and has nothing to sign in with.",
        "The roster brings the account tonight. A temporary one is on a card at the office.",
        "Account came with the roster; the temporary one is off.",
    ),
    Story(
        "app",
        "",
        "Video site is blocked for my class",
        "I need it for the lesson on volcanoes next Tuesday, grade 5.",
        "Is it the whole site or this one video?",
        "Opened the channel for grade 5 until the end of the month.",
    ),
    Story(
        "app",
        "",
        "May my class use a drawing app?",
        "It runs in the browser and asks for a sign-in with the school account.",
        "I will ask the district what it says about student data.",
        "The district approved another one that does the same. Link is on your page.",
    ),
    Story(
        "app",
        "",
        "Assignment does not open",
        "Half of the class sees an empty page, the others can work.",
        "Are those who cannot open it on older Chromebooks?",
        "They were signed in with a second account. Signed out, works.",
    ),
    Story(
        "other",
        "",
        "Ten headphones for Thursday",
        "For the reading test in the second period. We give them back the same day.",
        "They will be in your mailbox on Wednesday.",
        "All ten came back.",
    ),
    Story(
        "other",
        "",
        "Document camera for two weeks",
        "Mine is being used in the room next door.",
        "One is free in the library. I will bring it.",
        "Brought it over; it stays until the break.",
    ),
    Story(
        "other",
        "",
        "Help with the sound for the concert",
        "Two microphones and the small speaker in the gym, Friday at 6 pm.",
        "I will set it up at 5. Do you need a third one for the piano?",
        "Set up and taken down. It was a lovely evening.",
    ),
)

NOTES = (
    "Same model as the two from last week; looks like a series.",
    "Part ordered, should come on Tuesday.",
    "Spoke with the network team; they see it too.",
    "Check this room's wall plate next time I am in the building.",
)

THANKS = ("Thank you, that was quick!", "It works again. Thanks!", "Great, thank you so much.")
