// What a page of the lab is measured by: evaluated in it before its own scripts, by opsguide's Chromium, never by a
// visitor's. The same package that measures visitors, so that a number means the same in both.

import { onCLS, onFCP, onLCP, type Metric } from "web-vitals";

if (window === window.top) {
  const seen: Record<string, number> = {};
  const tasks: [number, number][] = [];
  const keep = ({ name, value }: Metric): void => { seen[name] = value; };

  onFCP(keep);
  onLCP(keep, { reportAllChanges: true });
  onCLS(keep, { reportAllChanges: true });
  const note = (entries: PerformanceEntryList): void => {
    for (const { startTime, duration } of entries) tasks.push([startTime, duration]);
  };
  const watching = new PerformanceObserver((list) => note(list.getEntries()));
  watching.observe({ type: "longtask", buffered: true });

  // Milliseconds since the navigation began; `since` is how long no long task has ended.
  const told = () => {
    note(watching.takeRecords());
    const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    const last = tasks.at(-1);
    return {
      lcp: seen["LCP"] ?? null,
      cls: seen["CLS"] ?? null,
      fcp: seen["FCP"] ?? null,
      ttfb: navigation?.responseStart ?? null,
      tasks,
      since: performance.now() - (last ? last[0] + last[1] : 0),
    };
  };
  Object.defineProperty(window, "__opsguideLab", { value: told });
}
