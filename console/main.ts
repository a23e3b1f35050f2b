// All that the console does in the browser. Everything else is the server's HTML.
import "./htmx_global";
import "htmx-ext-sse";
import { keepLive } from "./live";
import { keepTime } from "./time";
import { openDrawers } from "./drawer";

keepTime();
keepLive();
openDrawers();
