// Times that go on by themselves: ages, time left, the clock. Words as in src/opsguide/web/words.py.

const UNITS: [number, string][] = [[604800, "w"], [86400, "d"], [3600, "h"], [60, "m"], [1, "s"]];

/** `2 h 10 m`: the two largest units, rounded down. */
export function spoken(seconds: number, most = 2): string {
  let left = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  for (const [size, unit] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count) parts.push(`${count} ${unit}`);
    else if (parts.length) break;
    if (parts.length === most) break;
  }
  return parts.join(" ") || "0 s";
}

// The server's clock counts, not the browser's, which may be minutes off: the page says when it was made.
let ahead = 0;

function say(element: HTMLTimeElement, now: number): void {
  const seconds = (Date.parse(element.dateTime) - now) / 1000;
  let text: string;
  if (element.dataset.ago !== undefined) {
    text = spoken(-seconds, 1) + element.dataset.ago;
  } else {
    const over = seconds < 0;
    text = spoken(Math.abs(seconds)) + (over ? " over" : " left");
    element.classList.toggle("over", over);
  }
  if (element.textContent !== text) element.textContent = text;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** `03:31 UTC`, and the browser's own time beside it where that differs. */
function clock(element: HTMLTimeElement, now: number): void {
  const at = new Date(now);
  const local = at.getTimezoneOffset() === 0 ? "" : `, ${two(at.getHours())}:${two(at.getMinutes())} here`;
  const text = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())} UTC${local}`;
  if (element.textContent !== text) element.textContent = text;
}

/** Say the times of a part of the page as they are now. */
export function see(root: ParentNode = document): void {
  if (document.documentElement.hasAttribute("data-as-of")) return; // what is over grows no older
  const now = Date.now() + ahead;
  root.querySelectorAll<HTMLTimeElement>("time[data-ago], time[data-left]").forEach((one) => say(one, now));
  root.querySelectorAll<HTMLProgressElement>("progress[data-due]").forEach((one) => {
    one.value = Math.max(0, one.max - (Date.parse(one.dataset.due ?? "") - now) / 1000);
  });
  root.querySelectorAll<HTMLTimeElement>("time[data-clock]").forEach((one) => clock(one, now));
}

export function keepTime(): void {
  const made = document.querySelector<HTMLTimeElement>("time[data-clock]");
  if (made) ahead = Date.parse(made.dateTime) - Date.now();
  see();
  setInterval(() => see(), 1000);
}
