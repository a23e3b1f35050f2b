// Links marked data-drawer open beside the page. Without this script, and with a modifier key, they are plain links.

let opener: HTMLElement | null = null;

export function openDrawers(): void {
  const drawer = document.getElementById("drawer");
  if (!drawer) return;

  const close = (): void => {
    drawer.replaceChildren();
    opener?.focus();
    opener = null;
  };

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-drawer]");
    if (link) {
      event.preventDefault();
      if (!drawer.contains(link)) opener = link;
      void window.htmx.ajax("get", link.pathname, { target: drawer, swap: "innerHTML" });
    } else if ((event.target as Element).closest("[data-close]")) {
      event.preventDefault();
      close();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drawer.childElementCount) close();
  });
  drawer.addEventListener("htmx:afterSwap", (event) => {
    if (event.target === drawer) drawer.querySelector<HTMLElement>("[tabindex='-1']")?.focus();
  });
}
