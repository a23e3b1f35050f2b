// Everything from the keyboard. Single keys can be switched off (WCAG 2.1.4): some people speak to their computer.

import { close, isOpen, open } from "./drawer";
import { openPalette } from "./palette";
import { nextTheme } from "./choices";

const OFF = "opsguide-keys-off";
const ITEMS = ".mark[href], .marks > details > summary, [data-item]";
let before = "";

const help = (): HTMLDialogElement | null => document.querySelector<HTMLDialogElement>("#keys");
const typing = (at: Element | null): boolean => !!at?.closest("input, textarea, select, [contenteditable]");

function jump(key: string): boolean {
  const link = document.querySelector<HTMLAnchorElement>(`.bar nav a[data-key="${CSS.escape(key)}"]`);
  if (link && link.pathname === location.pathname) scrollTo({ top: 0 });
  else if (link) location.assign(link.href);
  return !!link;
}

/** The next or previous thing of the page: a promise, an incident, a fact. While the drawer is open it follows. */
function step(by: number): void {
  const items = [...document.querySelectorAll<HTMLElement>(ITEMS)]
    .filter((one) => !one.closest("#drawer") && one.checkVisibility());
  const at = items.indexOf(document.activeElement as HTMLElement);
  const top = items.findIndex((one) => one.getBoundingClientRect().top > 60);
  const next = items[at < 0 ? Math.max(0, top) : Math.min(items.length - 1, Math.max(0, at + by))];
  if (!next) return;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "center" });
  if (isOpen() && next instanceof HTMLAnchorElement && next.matches("[data-drawer]")) void open(next, false);
}

function single(key: string): boolean {
  if (before === "g") {
    before = "";
    return jump(key);
  }
  switch (key) {
    case "g": before = "g"; setTimeout(() => { before = ""; }, 1500); return true;
    case "j": step(1); return true;
    case "k": step(-1); return true;
    case "t": nextTheme(); return true;
    case "/": openPalette(); return true;
    case "?": help()?.showModal(); return true;
  }
  // A deed's key only leads to it: what is recorded for ever is pressed on purpose.
  const deed = document.querySelector<HTMLElement>(`[data-hotkey="${CSS.escape(key)}"]`);
  deed?.focus();
  return !!deed;
}

function pressed(event: KeyboardEvent): void {
  if (event.key === "k" && (event.metaKey || event.ctrlKey)) {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") {
    if (isOpen()) close();
    else if (typing(document.activeElement)) (document.activeElement as HTMLElement).blur();
  } else if (!typing(event.target as Element) && !localStorage.getItem(OFF) && single(event.key)) {
    event.preventDefault();
  }
}

export function takeKeys(): void {
  document.addEventListener("keydown", pressed);
  document.addEventListener("click", (event) => {
    const at = event.target as Element;
    if (at.closest("[data-keys]")) help()?.showModal();
    else if (at.closest("[data-shut]") || at instanceof HTMLDialogElement) at.closest("dialog")?.close();
  });
  const off = document.querySelector<HTMLInputElement>("#keys-on");
  if (!off) return;
  off.checked = !localStorage.getItem(OFF);
  off.addEventListener("change", () => (off.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
}
