// Jump anywhere: the server searches, this shows what it found and moves through it.

import { page } from "./live";

const WAIT_MS = 90;
let asked: AbortController | undefined;
let timer = 0;

const dialog = (): HTMLDialogElement | null => document.querySelector<HTMLDialogElement>("#palette");
const field = (): HTMLInputElement => document.querySelector<HTMLInputElement>("#palette input")!;
const options = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("#palette [role=option]")];

export function openPalette(): void {
  const found = dialog();
  if (!found || found.open) return;
  found.showModal();
  field().select();
  void look();
}

async function look(): Promise<void> {
  asked?.abort();
  asked = new AbortController();
  const fresh = await page(`/search?q=${encodeURIComponent(field().value)}`, asked.signal);
  const list = fresh?.getElementById("found");
  if (asked.signal.aborted || !list) return;
  document.getElementById("options")?.replaceWith(asOptions(list));
  mark(0);
}

/** The list of the search's page as options of a field: chosen by it, not walked through. */
function asOptions(list: HTMLElement): HTMLElement {
  list.id = "options";
  list.setAttribute("role", "listbox");
  for (const one of list.children) {
    one.id = one.id.replace("found", "option");
    one.setAttribute("role", "option");
  }
  for (const link of list.querySelectorAll("a")) link.replaceWith(...link.childNodes);
  return list;
}

function mark(at: number): void {
  const all = options();
  const chosen = Math.max(0, Math.min(all.length - 1, at));
  all.forEach((one, place) => one.setAttribute("aria-selected", String(place === chosen)));
  field().setAttribute("aria-activedescendant", all[chosen]?.id ?? "");
  all[chosen]?.scrollIntoView({ block: "nearest" });
}

/** Closed, and the keyboard back on the page at once: browsers would only move it with the next frame. */
function shut(): void {
  dialog()?.close();
  field().blur();
}

function take(one: HTMLElement | undefined): void {
  if (!one) return;
  shut();
  const act = one.dataset.act;
  // A deed of this page is a button of it; everything else is an address.
  if (act) document.querySelector<HTMLElement>(`[${act}]`)?.click();
  else if (one.dataset.href) location.assign(one.dataset.href);
}

export function keepPalette(): void {
  document.addEventListener("click", (event) => {
    const at = event.target as Element;
    if (at.closest("[data-search]")) { event.preventDefault(); openPalette(); }
    const option = at.closest<HTMLElement>("#palette [role=option]");
    if (option) take(option);
  });
  const found = dialog();
  found?.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void look(), WAIT_MS);
  });
  found?.addEventListener("keydown", (event) => {
    const all = options(), at = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at - 1);
    else if (event.key === "Enter") void enter(all[at]);
    else if (event.key === "Escape") shut();
    else return;
    event.preventDefault();
  });
}

/** Typed and entered at once: what counts is what is found for the words as they stand now. */
async function enter(chosen: HTMLElement | undefined): Promise<void> {
  const list = document.getElementById("options");
  if (list?.dataset.query === field().value.trim()) return take(chosen);
  clearTimeout(timer);
  await look();
  take(options()[0]);
}
