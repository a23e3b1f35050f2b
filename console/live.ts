// The live stream. An event names a piece of the page. `data-swap="NAME"` takes its HTML; `data-refresh="NAME …"` with an
// id fetches its page again (`data-from`, else this one) and takes the element of that id. The server's HTML is all there is.

import { see } from "./time";

const title = document.title;
const known = new Set<string>();
const waiting = new Map<string, Set<string>>();
let source: EventSource | undefined;

export function keepLive(): void {
  const mark = document.body.dataset.live;
  if (mark === undefined) return;
  source = new EventSource(`/events?after=${mark}`);
  source.onopen = () => document.documentElement.removeAttribute("data-offline");
  source.onerror = () => {
    document.documentElement.setAttribute("data-offline", "");
    if (source?.readyState === EventSource.CLOSED) void lead();
  };
  // A stream that is left open holds up the next page in browsers that allow six connections.
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  listen();
  warn();
}

/** Refused for good: where the session has ended, the bar leads to the sign-in, beside what is being written here. */
async function lead(): Promise<void> {
  const link = document.querySelector<HTMLAnchorElement>("[data-ended]");
  if (!link || (await fetch("/api/v1/me").catch(() => undefined))?.status !== 401) return;
  link.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
  link.addEventListener("click", () => { link.target = isBeingFilled(document.body) ? "_blank" : ""; });
  link.hidden = false;
}

/** Somebody has to act: the tab says so, too. */
function warn(): void {
  document.title = (document.querySelector(".panel.alarm") ? "✕ " : "") + title;
}

/** Hear the events that the elements of this part of the page name. Called again for what is added later. */
export function listen(root: ParentNode = document): void {
  for (const one of root.querySelectorAll<HTMLElement>("[data-swap], [data-refresh]")) {
    for (const name of `${one.dataset.swap ?? ""} ${one.dataset.refresh ?? ""}`.split(" ")) {
      if (!name || known.has(name)) continue;
      known.add(name);
      source?.addEventListener(name, (event) => told(name, event.data as string));
    }
  }
}

function told(name: string, html: string): void {
  for (const one of document.querySelectorAll<HTMLElement>(`[data-swap="${name}"]`)) {
    keeping(one, () => { one.innerHTML = html; return one; });
  }
  if (name === "bar") warn();
  for (const one of document.querySelectorAll<HTMLElement>(`[data-refresh~="${name}"]`)) {
    const from = one.dataset.from ?? location.pathname + location.search;
    const ids = waiting.get(from);
    if (ids) ids.add(one.id);
    else {
      waiting.set(from, new Set([one.id]));
      // What happens together is fetched once.
      setTimeout(() => void refresh(from), 50);
    }
  }
}

async function refresh(from: string): Promise<void> {
  const fresh = await page(from);
  const ids = waiting.get(from) ?? new Set();
  waiting.delete(from);
  for (const id of fresh ? ids : []) {
    const old = document.getElementById(id), next = fresh?.getElementById(id);
    if (!old || isBeingFilled(old) || isBeingSelected(old)) continue;
    if (!next) old.remove();
    else if (old.outerHTML !== next.outerHTML) keeping(old, () => { old.replaceWith(next); return next; });
  }
}

/** A page of this service, read; undefined where it cannot be had: what is shown stays, and the bar says it is old. */
export async function page(from: string, signal?: AbortSignal): Promise<Document | undefined> {
  try {
    const answer = await fetch(from, { signal: signal ?? null });
    if (!answer.ok) return undefined;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return undefined;
  }
}

/** What somebody is writing is worth more than what is new. */
function isBeingFilled(part: Element): boolean {
  const fields = part.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input, textarea");
  return [...fields].some((one) => one.value !== one.defaultValue);
}

/** A selection would be lost under the hand that makes it. */
function isBeingSelected(part: Element): boolean {
  const selection = document.getSelection();
  return selection !== null && !selection.isCollapsed && selection.containsNode(part, true);
}

/** Change a part of the page without closing what a person opened, or losing where the keyboard is or a table was moved to. */
function keeping(before: Element, change: () => Element): void {
  const open = [...before.querySelectorAll("details[id][open]")].map((one) => one.id);
  const moved = [...before.querySelectorAll<HTMLElement>(".scroll[id]")].map((one) => [one.id, one.scrollLeft] as const);
  const focused = before.contains(document.activeElement) ? document.activeElement : null;
  const href = focused?.getAttribute("href"), id = focused?.id;
  const after = change();
  for (const one of open) document.getElementById(one)?.setAttribute("open", "");
  for (const [one, left] of moved) if (left) document.getElementById(one)?.scrollTo({ left });
  if (focused) {
    const again = id ? document.getElementById(id) : href && after.querySelector<HTMLElement>(`[href="${CSS.escape(href)}"]`);
    if (again) again.focus({ preventScroll: true });
  }
  see(after);
  listen(after);
}
