// What the live stream must not disturb: marks that a person opened; and saying so when it is broken.

export function keepLive(): void {
  const root = document.documentElement;
  document.body.addEventListener("htmx:sseOpen", () => root.removeAttribute("data-offline"));
  document.body.addEventListener("htmx:sseError", () => root.setAttribute("data-offline", ""));

  const open = new Set<string>();
  document.body.addEventListener("htmx:sseBeforeMessage", (event) => {
    for (const one of (event.target as Element).querySelectorAll("details[id][open]")) open.add(one.id);
  });
  document.body.addEventListener("htmx:sseMessage", () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    open.clear();
  });
}
