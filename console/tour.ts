// The guided tour: five cards, each pointing to a part of the page. Its words are in templates/tour.html.

import { choose } from "./choices";

const STEP = "opsguide-tour";

export function giveTour(): void {
  const tour = document.getElementById("tour");
  document.addEventListener("click", (event) => {
    if (!(event.target as Element).closest("[data-tour-start]")) return;
    choose("toured", "");
    sessionStorage.removeItem(STEP);
    location.assign("/");
  });
  if (!tour) return;
  const steps = [...tour.querySelectorAll<HTMLElement>("li")];
  const button = (name: string): HTMLButtonElement => tour.querySelector<HTMLButtonElement>(`[data-tour=${name}]`)!;
  let at = Math.min(steps.length - 1, Number(sessionStorage.getItem(STEP)) || 0);

  const point = (): void => {
    document.querySelector("[data-toured]")?.removeAttribute("data-toured");
    const target = document.querySelector<HTMLElement>(steps[at]?.dataset.at ?? "");
    target?.setAttribute("data-toured", "");
    // Only where it is out of sight: what is at the top stays there.
    const place = target?.getBoundingClientRect();
    if (place && (place.top < 0 || place.bottom > innerHeight - 80)) target?.scrollIntoView({ block: "center" });
  };
  const show = (to: number): void => {
    at = to;
    sessionStorage.setItem(STEP, String(at));
    steps.forEach((step, place) => { step.hidden = place !== at; });
    tour.querySelector("[role=status]")!.textContent = `${at + 1} of ${steps.length}`;
    button("back").disabled = at === 0;
    button("next").textContent = at === steps.length - 1 ? "Done" : "Next";
    point();
  };
  const end = (): void => {
    choose("toured", "1");
    document.querySelector("[data-toured]")?.removeAttribute("data-toured");
    tour.remove();
  };

  tour.addEventListener("click", (event) => {
    const name = (event.target as Element).closest<HTMLElement>("[data-tour]")?.dataset.tour;
    if (name === "end" || (name === "next" && at === steps.length - 1)) end();
    else if (name === "next") show(at + 1);
    else if (name === "back") show(at - 1);
  });
  document.addEventListener("keydown", (event) => {
    if (!tour.isConnected || document.querySelector("dialog[open], [data-drawer] .sheet > *")) return;
    if (event.key === "Escape") end();
    else if (!(event.target as Element).closest("input, textarea, select")) {
      if (event.key === "ArrowRight") button("next").click();
      else if (event.key === "ArrowLeft" && at > 0) button("back").click();
    }
  });
  tour.hidden = false;
  show(at);
}
