// The status page in real time, for browsers with scripts; without them it reloads itself each minute.
// It says, too, when it is old: a copy in a folder or a cache goes on being served when opsguide is gone.

const STALE_SECONDS = 300;
const POLL_SECONDS = 60;

function age(): number {
  return (Date.now() - Date.parse(document.documentElement.dataset.asOf ?? "")) / 1000;
}

function spoken(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

function warn(): void {
  const note = document.querySelector<HTMLElement>(".stale");
  if (!note) return;
  const seconds = age();
  note.hidden = !(seconds > STALE_SECONDS);
  const said = note.querySelector("[data-age]");
  if (said && !note.hidden) said.textContent = spoken(seconds);
}

/** A strip of days becomes something to walk through: by pointer, and as a slider by the arrow keys. */
function walkable(strip: HTMLElement): void {
  const bars = strip.querySelector<SVGElement>(".bars");
  const days = [...strip.querySelectorAll<SVGGElement>(".bars g")];
  if (!bars || !days.length) return;
  const texts = days.map((day) => day.querySelector("title")?.textContent ?? "");
  days.forEach((day) => day.querySelector("title")?.remove());
  const said = document.createElement("p");
  said.className = "day-said";
  said.hidden = true;
  strip.append(said);
  let at = days.length - 1;
  const name = (bars.getAttribute("aria-label") ?? "").split(",")[0] ?? "";
  for (const [key, value] of Object.entries({ role: "slider", tabindex: "0", "aria-label": `${name}, day by day`, "aria-valuemin": "1", "aria-valuemax": String(days.length) })) bars.setAttribute(key, value);

  function point(to: number): void {
    days[at]?.classList.remove("at");
    at = Math.min(days.length - 1, Math.max(0, to));
    bars?.setAttribute("aria-valuenow", String(at + 1));
    bars?.setAttribute("aria-valuetext", texts[at] ?? "");
  }
  function show(to: number): void {
    point(to);
    days[at]?.classList.add("at");
    const [day, ...rest] = (texts[at] ?? "").split(": ");
    const strong = document.createElement("b");
    strong.textContent = day ?? "";
    said.replaceChildren(strong, rest.join(": "));
    said.hidden = false;
    const middle = ((at + 0.5) / days.length) * strip.clientWidth;
    said.style.left = `${Math.round(Math.max(0, Math.min(strip.clientWidth - said.offsetWidth, middle - said.offsetWidth / 2)))}px`;
  }
  function hide(): void {
    days[at]?.classList.remove("at");
    said.hidden = true;
  }
  function under(event: PointerEvent): number {
    const box = strip.getBoundingClientRect();
    return Math.floor(((event.clientX - box.left) / box.width) * days.length);
  }
  point(at);
  bars.addEventListener("pointermove", (event) => show(under(event)));
  bars.addEventListener("pointerdown", (event) => show(under(event)));
  bars.addEventListener("pointerleave", () => { if (document.activeElement !== bars) hide(); });
  bars.addEventListener("focus", () => show(at));
  bars.addEventListener("blur", hide);
  bars.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, PageUp: at + 7, PageDown: at - 7, Home: 0, End: days.length - 1 }[event.key];
    if (to !== undefined) show(to);
    else if (event.key === "Escape") hide();
    else return;
    event.preventDefault();
  });
}

function enliven(): void {
  document.querySelectorAll<HTMLElement>(".strip").forEach(walkable);
}

const FOCUSABLE = "a[href], button, input, summary, [tabindex]";

/** As it came, before scripts changed anything. */
const came = new Map(["main", "footer"].map((part) => [part, document.querySelector(part)?.innerHTML]));

/** The page as it is now takes the place of this one; what is unfolded and focused stays so, and news are spoken. */
async function renew(): Promise<void> {
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" }, cache: "no-cache" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const [part, before] of came) {
      const [old, young] = [document.querySelector<HTMLElement>(part), fresh.querySelector<HTMLElement>(part)];
      if (!old || !young || before === young.innerHTML) continue;
      came.set(part, young.innerHTML);
      exchange(old, document.adoptNode(young));
    }
    const said = document.querySelector("[data-said]");
    if (said && document.title !== fresh.title) said.textContent = document.querySelector("h1")?.textContent ?? "";
    document.title = fresh.title;
    const asOf = fresh.documentElement.dataset.asOf;
    if (asOf) document.documentElement.dataset.asOf = asOf;
  } finally {
    warn();
  }
}

/** Things are the same by the name of the system or incident that they stand in, and their place there. */
function named(root: HTMLElement, selector: string): Map<string, HTMLElement> {
  const counts = new Map<string, number>();
  return new Map([...root.querySelectorAll<HTMLElement>(selector)].map((one) => {
    const heading = one.closest("li.component, article, section")?.querySelector("h1, h2, h3")?.textContent ?? "";
    const name = `${heading}/${one.tagName}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return [`${name}/${counts.get(name) ?? 0}`, one];
  }));
}

function exchange(old: HTMLElement, young: HTMLElement): void {
  const open = [...named(old, "details")].filter(([, one]) => (one as HTMLDetailsElement).open).map(([name]) => name);
  const focused = [...named(old, FOCUSABLE)].find(([, one]) => one === document.activeElement)?.[0];
  old.replaceWith(young);
  enliven();
  for (const [name, one] of named(young, "details")) (one as HTMLDetailsElement).open = open.includes(name);
  if (focused !== undefined) named(young, FOCUSABLE).get(focused)?.focus({ preventScroll: true });
}

const events = document.body.dataset.events;
if (events && document.querySelector("main form") === null) {
  const stream = new EventSource(events);
  stream.addEventListener("changed", () => void renew());
}
if (document.querySelector("main form") === null) {
  setInterval(() => { if (!document.hidden) void renew().catch(() => undefined); }, POLL_SECONDS * 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && age() > POLL_SECONDS) void renew().catch(() => undefined); });
}
enliven();
warn();
