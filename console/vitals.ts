// How users meet the service's own pages: their browsers report LCP, CLS and INP of a page view to opsguide, as it ends.
//
//   <script defer src="https://opsguide.example/static/vitals.js" data-share="0.1"></script>
//
// `data-share` is the part of the page views that is measured; all of them without it. No cookie, no id, no address.

import { onCLS, onINP, onLCP, type Metric } from "web-vitals";

const script = document.currentScript;
const share = Number(script?.dataset["share"] ?? 1);

if (script instanceof HTMLScriptElement && Math.random() < share) {
  const address = new URL("/beacons/vitals", script.src).href;
  const waiting = new Map<string, { name: string; value: number; rating: string }>();
  const sent = new Set<string>();

  const keep = ({ id, name, value, rating }: Metric): void => {
    if (!sent.has(id)) waiting.set(id, { name, value, rating });
  };

  onLCP(keep);
  onCLS(keep);
  onINP(keep);

  // The last moment that phones tell a page of. Added after those above: they report at the same moment.
  addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden" || waiting.size === 0) return;
    const body = JSON.stringify([...waiting.values()]);
    for (const id of waiting.keys()) sent.add(id);
    waiting.clear();
    // Text needs no leave of the other site before it is sent, and no answer is read.
    navigator.sendBeacon(address, body);
  });
}
