// Links marked data-drawer open beside the page: their page's [data-sheet], in the drawer. Without this script, and with
// a modifier key, they are plain links.

import { listen, page } from "./live";
import { see } from "./time";

let opener: string | null = null;
let asked: AbortController | undefined;

const drawer = (): HTMLElement | null => document.getElementById("drawer");
const body = (): HTMLElement | null => document.querySelector("#drawer .sheet");

export const isOpen = (): boolean => document.documentElement.hasAttribute("data-drawer");

/** Show a page's sheet; with `focus`, the keyboard goes into it. */
export async function open(link: HTMLAnchorElement, focus: boolean): Promise<void> {
  const sheet = body();
  if (!sheet) return;
  if (!sheet.contains(link)) opener = link.getAttribute("href");
  asked?.abort();
  asked = new AbortController();
  // At once, so that the page moves with the key that was pressed, and not some time later.
  document.documentElement.setAttribute("data-drawer", "");
  const found = (await page(link.pathname + link.search, asked.signal))?.querySelector("[data-sheet]");
  if (asked.signal.aborted) return;
  if (!found) {
    location.assign(link.href);
    return;
  }
  sheet.replaceChildren(found);
  sheet.scrollTop = 0;
  document.querySelector<HTMLAnchorElement>("#drawer [data-whole]")!.href = link.href;
  see(sheet);
  listen(sheet);
  if (focus) sheet.querySelector<HTMLElement>("[tabindex='-1']")?.focus();
}

export function close(): void {
  asked?.abort();
  document.documentElement.removeAttribute("data-drawer");
  body()?.replaceChildren();
  const links = opener ? document.querySelectorAll<HTMLElement>(`[href="${CSS.escape(opener)}"]`) : [];
  [...links].find((one) => one.checkVisibility())?.focus();
  opener = null;
}

export function openDrawers(): void {
  if (!drawer()) return;
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const target = event.target as Element;
    const link = target.closest<HTMLAnchorElement>("a[data-drawer]");
    if (link) {
      event.preventDefault();
      void open(link, true);
    } else if (target.closest("[data-close]")) {
      close();
    }
  });
}
