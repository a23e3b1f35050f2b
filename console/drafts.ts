// What somebody writes stays in this browser until the service has it: a session that ends, a service that is away and
// a closed tab lose nothing. `<textarea data-draft="KEY" data-base="REVISION">` in a form whose hidden `base` says which
// revision was edited; with `data-unsaved` the server shows what it did not take. Nothing is sent by this: the form's button saves, and the
// server shows both texts where somebody else saved meanwhile.

interface Draft { text: string; base: string; at: number }

const place = (field: HTMLTextAreaElement): string => `opsguide-draft:${field.dataset.draft}`;
const base = (field: HTMLTextAreaElement): HTMLInputElement => field.form!.elements.namedItem("base") as HTMLInputElement;
/** As the server keeps it. */
const said = (text: string): string => text.replaceAll("\r\n", "\n").trim();

export function keepDrafts(): void {
  for (const field of document.querySelectorAll<HTMLTextAreaElement>("[data-draft]")) offer(field);
  document.addEventListener("input", (event) => {
    const field = event.target as HTMLTextAreaElement;
    if (field.dataset?.draft !== undefined) keep(field);
  });
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("[data-draft-drop]");
    const field = button?.form?.querySelector<HTMLTextAreaElement>("[data-draft]");
    if (field) drop(field);
  });
}

function keep(field: HTMLTextAreaElement): void {
  if (said(field.value) === said(field.defaultValue) && field.dataset.unsaved === undefined) return drop(field);
  try {
    localStorage.setItem(place(field), JSON.stringify({ text: field.value, base: base(field).value, at: Date.now() }));
  } catch {
    // Full, or forbidden: what is typed is still on the page.
  }
}

function drop(field: HTMLTextAreaElement): void {
  localStorage.removeItem(place(field));
  if (said(field.value) !== said(field.defaultValue)) field.value = field.defaultValue;
  base(field).value = field.dataset.base ?? "0";
  tell(field, "");
}

/** Put back what was not saved. It keeps the revision that it was written on: the server sees what came between. */
function offer(field: HTMLTextAreaElement): void {
  if (field.dataset.unsaved !== undefined) return keep(field);
  const draft = read(field);
  if (!draft) return;
  if (said(draft.text) === said(field.defaultValue)) return localStorage.removeItem(place(field));
  const other = draft.base !== field.dataset.base;
  field.value = draft.text;
  base(field).value = draft.base;
  field.closest("details")?.setAttribute("open", "");
  tell(field, other ? "other" : "kept", draft.at);
}

function read(field: HTMLTextAreaElement): Draft | undefined {
  try {
    return JSON.parse(localStorage.getItem(place(field)) ?? "null") as Draft ?? undefined;
  } catch {
    return undefined;
  }
}

/** Which of the form's notes is shown, if any. */
function tell(field: HTMLTextAreaElement, which: string, at?: number): void {
  for (const note of field.form!.querySelectorAll<HTMLElement>("[data-draft-note]")) {
    note.hidden = note.dataset.draftNote !== which;
    const time = note.querySelector("time");
    if (time && at) time.textContent = new Date(at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
  }
}
