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

/** The page as it is now takes the place of this one; what is unfolded stays so. */
async function renew(): Promise<void> {
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" }, cache: "no-cache" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const open = [...document.querySelectorAll("details")].map((one) => one.open);
    for (const part of ["main", "footer"]) {
      const [old, young] = [document.querySelector(part), fresh.querySelector(part)];
      if (old && young && old.innerHTML !== young.innerHTML) old.replaceWith(document.adoptNode(young));
    }
    document.querySelectorAll("details").forEach((one, place) => { one.open = open[place] ?? false; });
    document.title = fresh.title;
    const asOf = fresh.documentElement.dataset.asOf;
    if (asOf) document.documentElement.dataset.asOf = asOf;
  } finally {
    warn();
  }
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
warn();
