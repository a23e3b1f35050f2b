// What a person chose for this browser: cookies, so that the server's first paint is already right. No account needed.

const YEAR = 31536000;

export function choose(name: string, value: string): void {
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${value ? YEAR : 0}; samesite=strict`;
}

/** Light, dark, as the system says; and round again. */
export function nextTheme(): void {
  const root = document.documentElement;
  const next = { "": "light", light: "dark", dark: "" }[root.dataset.theme ?? ""] ?? "";
  root.dataset.theme = next;
  choose("theme", next);
  document.querySelectorAll<HTMLElement>("[data-theme-switch]").forEach((one) => { one.title = `Theme: ${next || "as the system"}`; });
}

async function copy(button: HTMLElement): Promise<void> {
  const text = document.getElementById(button.dataset.copy ?? "")?.textContent ?? "";
  await navigator.clipboard.writeText(text);
  const said = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = said; }, 2000);
}

export function keepChoices(): void {
  document.addEventListener("click", (event) => {
    const at = event.target as Element;
    if (at.closest("[data-theme-switch]")) nextTheme();
    if (at.closest("[data-print]")) print();
    const button = at.closest<HTMLElement>("[data-copy]");
    if (button) void copy(button);
  });
  document.addEventListener("change", (event) => {
    const at = event.target as HTMLSelectElement;
    if (at.dataset.choice === undefined) return;
    choose(at.dataset.choice, at.value);
    location.reload();
  });
}
