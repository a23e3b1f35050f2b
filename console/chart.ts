// The chart of a signal in place of the server's picture: hover shows every series at that instant. Loaded only where one is.

import uPlot from "uplot";

interface Line { name: string; values: (number | null)[] }
interface Level { value: number; text: string; kind: "limit" | "alert"; bad: "above" | "below" | null }
interface Happened { start: string; end: string | null; name: string; text: string }
interface Course {
  start: string; end: string; step_seconds: number; display: { factor: number; suffix: string };
  lines: Line[]; levels: Level[]; incidents: Happened[]; versions: Happened[];
}

const MOST_LINES = 12;
const DASHES = [[], [], [8, 3], [8, 3], [2, 3], [2, 3]];

export function drawCharts(): void {
  for (const plate of document.querySelectorAll<HTMLElement>("[data-chart]")) void draw(plate);
}

async function draw(plate: HTMLElement): Promise<void> {
  offerPng(plate);
  const room = plate.querySelector<HTMLElement>(".drawn");
  const course = await fetched(plate.dataset.chart ?? "");
  if (!room || !course || !course.lines.some((line) => line.values.some((value) => value !== null))) return;
  const chart = new Chart(room, course);
  new ResizeObserver(() => chart.fit()).observe(room);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart.redraw());
  new MutationObserver(() => chart.redraw()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  if (document.body.dataset.live === undefined) return;
  setInterval(() => {
    if (!document.hidden) void fetched(plate.dataset.chart ?? "").then((newer) => newer && chart.show(newer));
  }, Math.max(15, course.step_seconds) * 1000);
}

async function fetched(from: string): Promise<Course | undefined> {
  try {
    const answer = await fetch(from);
    return answer.ok ? (await answer.json()) as Course : undefined;
  } catch {
    return undefined;
  }
}

class Chart {
  private plot: uPlot;
  private readonly told: HTMLElement;

  constructor(private readonly room: HTMLElement, private course: Course) {
    this.told = document.createElement("div");
    this.told.className = "at-cursor";
    this.told.hidden = true;
    this.plot = this.made();
  }

  /** Newer values of the same series; where series came or went, a chart anew. */
  show(newer: Course): void {
    const same = newer.lines.map((line) => line.name).join() === this.course.lines.map((line) => line.name).join()
      && newer.display.suffix === this.course.display.suffix;
    this.course = newer;
    if (same) this.plot.setData(data(newer));
    else this.redraw();
  }

  fit(): void { this.plot.setSize(size(this.room)); }

  redraw(): void {
    this.plot.destroy();
    this.plot = this.made();
  }

  private made(): uPlot {
    const colour = colours();
    const options: uPlot.Options = {
      ...size(this.room),
      padding: [20, 12, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
      scales: { y: { range: (_plot, _low, high) => [Math.min(0, lowest(this.course)), Math.max(high, top(this.course)) * 1.06 || 1] } },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      axes: [axis(colour, { values: (_plot, marks) => marks.map(moment), space: 70, size: 28 }), axis(colour, { size: 64, values: (_plot, marks) => marks.map((mark) => this.say(mark)) })],
      series: [{}, ...this.course.lines.slice(0, MOST_LINES).map((line, number): uPlot.Series => ({
        label: line.name, stroke: number % 2 ? colour.soft : colour.text, width: 1.5, dash: DASHES[number % DASHES.length] ?? [],
        points: { show: false }, spanGaps: false,
      }))],
      hooks: {
        drawClear: [(plot) => this.under(plot)],
        draw: [(plot) => this.over(plot)],
        setCursor: [(plot) => this.tell(plot)],
      },
    };
    this.room.replaceChildren();
    const plot = new uPlot(options, data(this.course), this.room);
    this.room.append(this.told);
    plot.root.setAttribute("role", "img");
    plot.root.setAttribute("aria-label", document.querySelector("h1")?.textContent ?? "chart");
    return plot;
  }

  private say(shown: number): string {
    const digits = shown === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(shown))));
    return `${Number(shown.toFixed(Math.min(digits, 6)))}${this.course.display.suffix}`;
  }

  /** Incidents as bands, guide versions as ticks. */
  private under(plot: uPlot): void {
    const { ctx, bbox } = plot, colour = colours();
    ctx.save();
    const edge = bbox.left + bbox.width;
    let free = 0;
    for (const one of this.course.incidents) {
      const left = Math.max(bbox.left, at(plot, one.start));
      const right = one.end === null ? edge : Math.min(edge, at(plot, one.end));
      ctx.fillStyle = colour.wash;
      ctx.fillRect(left, bbox.top, Math.max(2, right - left), bbox.height);
      ctx.font = FONT.replace("12", String(12 * devicePixelRatio));
      const wide = ctx.measureText(one.name).width, from = Math.min(left, edge - wide);
      if (from < free) continue;  // two names on one another can both not be read
      write(ctx, one.name, from, bbox.top - 6 * devicePixelRatio, colour.broken, "left");
      free = from + wide + 4 * devicePixelRatio;
    }
    ctx.strokeStyle = colour.soft;
    ctx.setLineDash([1, 3].map((length) => length * devicePixelRatio));
    for (const one of this.course.versions) {
      const x = at(plot, one.start);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      write(ctx, one.name, x, bbox.top + bbox.height - 6 * devicePixelRatio, colour.soft, "left");
    }
    ctx.restore();
  }

  /** Limits across, their words at the right; what is beyond a limit once more in the colour of broken. */
  private over(plot: uPlot): void {
    const { ctx, bbox } = plot, colour = colours(), right = bbox.left + bbox.width;
    ctx.save();
    ctx.lineWidth = devicePixelRatio;
    for (const level of this.course.levels) {
      const y = plot.valToPos(level.value * this.course.display.factor, "y", true);
      ctx.strokeStyle = colour.soft;
      ctx.setLineDash((level.kind === "limit" ? [6, 4] : [2, 4]).map((length) => length * devicePixelRatio));
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(right, y);
      ctx.stroke();
      write(ctx, level.text, right - 2 * devicePixelRatio, y - 5 * devicePixelRatio, colour.soft, "right");
    }
    const level = this.course.levels.find((one) => one.kind === "limit") ?? this.course.levels[0];
    if (level?.bad) {
      const y = plot.valToPos(level.value * this.course.display.factor, "y", true);
      ctx.beginPath();
      if (level.bad === "above") ctx.rect(bbox.left, bbox.top, bbox.width, Math.max(0, y - bbox.top));
      else ctx.rect(bbox.left, y, bbox.width, Math.max(0, bbox.top + bbox.height - y));
      ctx.clip();
      ctx.setLineDash([]);
      ctx.strokeStyle = colour.broken;
      ctx.lineWidth = 2 * devicePixelRatio;
      ctx.lineJoin = "round";
      for (let number = 1; number < plot.series.length; number++) this.stroke(plot, number);
    }
    ctx.restore();
  }

  private stroke(plot: uPlot, number: number): void {
    const xs = plot.data[0], ys = plot.data[number] ?? [];
    plot.ctx.beginPath();
    let pen = false;
    for (let index = 0; index < xs.length; index++) {
      const y = ys[index], x = xs[index];
      if (y == null || x === undefined) { pen = false; continue; }
      const place: [number, number] = [plot.valToPos(x, "x", true), plot.valToPos(y, "y", true)];
      if (pen) plot.ctx.lineTo(...place);
      else plot.ctx.moveTo(...place);
      pen = true;
    }
    plot.ctx.stroke();
  }

  /** Every series at the instant under the cursor, and what happened then. */
  private tell(plot: uPlot): void {
    const index = plot.cursor.idx, when = index == null ? undefined : plot.data[0][index];
    this.told.hidden = when === undefined;
    if (when === undefined || index == null) return;
    const lines = [row(new Date(when * 1000).toISOString().slice(0, 19).replace("T", " "), "UTC")];
    for (const [number, line] of this.course.lines.slice(0, MOST_LINES).entries()) {
      const shown = plot.data[number + 1]?.[index];
      const out = shown != null && this.course.levels.some((level) => beyond(level, shown / this.course.display.factor));
      lines.push(row(line.name.replaceAll("_", " "), shown == null ? "no data" : this.say(shown), out));
    }
    for (const one of this.course.incidents) {
      if (Date.parse(one.start) <= when * 1000 && (one.end === null || Date.parse(one.end) >= when * 1000)) lines.push(row(one.name, one.text));
    }
    this.told.replaceChildren(...lines);
    const left = plot.cursor.left ?? 0, wide = this.room.clientWidth;
    this.told.style.left = left > wide / 2 ? "72px" : "auto";
    this.told.style.right = left > wide / 2 ? "auto" : "20px";
  }
}

function data(course: Course): uPlot.AlignedData {
  const start = Date.parse(course.start) / 1000, many = course.lines[0]?.values.length ?? 0;
  const times = Array.from({ length: many }, (_, index) => start + index * course.step_seconds);
  const lines = course.lines.slice(0, MOST_LINES);
  return [times, ...lines.map((line) => line.values.map((value) => value === null ? null : value * course.display.factor))];
}

const beyond = (level: Level, value: number): boolean =>
  level.kind === "limit" && (level.bad === "above" ? value > level.value : level.bad === "below" && value < level.value);

const every = (course: Course): number[] => course.lines.flatMap((line) => line.values.filter((value) => value !== null));
const lowest = (course: Course): number => every(course).reduce((low, value) => Math.min(low, value), 0) * course.display.factor;
const top = (course: Course): number =>
  course.levels.reduce((high, level) => Math.max(high, level.value), 0) * course.display.factor;

const size = (room: HTMLElement): { width: number; height: number } => ({ width: room.clientWidth, height: room.clientHeight });
const at = (plot: uPlot, instant: string): number => plot.valToPos(Date.parse(instant) / 1000, "x", true);

interface Colours { text: string; soft: string; line: string; broken: string; wash: string }

/** The page's colours, as this theme has them: a canvas knows no variables. */
function colours(): Colours {
  const probe = document.createElement("span");
  document.body.append(probe);
  const read = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const found = { text: read("text"), soft: read("soft"), line: read("line"), broken: read("broken"), wash: read("broken-wash") };
  probe.remove();
  return found;
}

/** `03:30`, at midnight the day: UTC, as everywhere on the page. */
function moment(seconds: number): string {
  const when = new Date(seconds * 1000);
  if (when.getUTCHours() || when.getUTCMinutes()) return when.toISOString().slice(11, 16);
  return when.toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
}

const FONT = "12px system-ui, sans-serif";

function axis(colour: Colours, more: uPlot.Axis): uPlot.Axis {
  return { stroke: colour.soft, font: FONT, grid: { stroke: colour.line, width: 1 }, ticks: { show: false }, ...more };
}

function write(ctx: CanvasRenderingContext2D, text: string, x: number, y: number, colour: string, align: CanvasTextAlign): void {
  ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.fillStyle = colour;
  ctx.textAlign = align;
  ctx.textBaseline = "alphabetic";
  ctx.fillText(text, x, y);
}

function row(name: string, said: string, out = false): HTMLElement {
  const line = document.createElement("div"), left = document.createElement("span"), right = document.createElement("span");
  left.className = "name";
  left.textContent = name;
  right.textContent = said;
  if (out) right.className = "out";
  line.append(left, right);
  return line;
}

/** The server's picture as PNG, twice as fine: for places that take no SVG. */
function offerPng(plate: HTMLElement): void {
  const files = plate.querySelector(".files"), from = plate.dataset.file;
  if (!files || !from) return;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "PNG";
  button.addEventListener("click", () => {
    const picture = new Image();
    picture.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = picture.naturalWidth * 2;
      canvas.height = picture.naturalHeight * 2;
      canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const link = document.createElement("a");
      link.download = `${(document.querySelector("h1")?.textContent ?? "chart").replaceAll(" ", "-")}.png`;
      link.href = canvas.toDataURL("image/png");
      link.click();
    };
    picture.src = from;
  });
  files.append(button);
}
