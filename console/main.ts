// All that the console does in the browser. Everything else is the server's HTML.
import { keepChoices } from "./choices";
import { openDrawers } from "./drawer";
import { takeKeys } from "./keys";
import { keepLive } from "./live";
import { keepPalette } from "./palette";
import { keepTime } from "./time";
import { giveTour } from "./tour";

keepTime();
keepLive();
openDrawers();
keepChoices();
keepPalette();
takeKeys();
giveTour();
if (document.querySelector("[data-chart]")) void import("./chart").then(({ drawCharts }) => drawCharts());
if (document.querySelector("[data-draft]")) void import("./drafts").then(({ keepDrafts }) => keepDrafts());
