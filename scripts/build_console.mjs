// Bundles console/ into src/opsguide/web/static/, which the wheel carries and git ignores.
//
// Names are stable, so templates need no manifest; whoever serves them adds the content's digest as a query
// (asset_digests.json, written here) and lets browsers keep them for ever.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const source = join(root, "console");
const target = join(root, "src", "opsguide", "web", "static");

const entries = ["main.ts", "console.css"]
  .map((file) => ({ in: join(source, file), out: "console" }))
  .filter((entry) => existsSync(entry.in));

await mkdir(target, { recursive: true });
const index = join(target, "asset_digests.json");
if (entries.length === 0) {
  await writeFile(index, "{}\n");
  console.log("console: no sources in console/ yet, nothing to build");
  process.exit(0);
}

// Imported here, so that the message above needs no node_modules.
const { build } = await import("esbuild");

for (const old of await readdir(target)) await rm(join(target, old), { recursive: true });
const result = await build({
  entryPoints: entries,
  outdir: target,
  bundle: true,
  minify: true,
  format: "esm",
  splitting: true,  // what is imported late (charts) is a file of its own, fetched when it is needed
  chunkNames: "[name]-[hash]",
  target: ["es2022", "chrome123", "firefox120", "safari17.5"],
  legalComments: "none",  // whole licences are kept instead, see below
  metafile: true,
  loader: { ".svg": "dataurl", ".woff2": "file" },
  logLevel: "warning",
});

// For the pages of others: one file each, no module, so that it works in any page and knows its own address.
const measuring = await build({
  entryPoints: [join(source, "vitals.ts"), join(source, "lab.ts")],
  outdir: target,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2020"],
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});

// The public status page: one script and one style of its own, served on its own address and copied into folders.
await build({
  entryPoints: ["status.ts", "status.css"].map((file) => ({ in: join(source, file), out: "status" })),
  outdir: target,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome123", "firefox120", "safari17.5"],
  legalComments: "none",
  logLevel: "warning",
});

// The licences of what is bundled must travel with it.
const bundled = new Set(
  [result, measuring].flatMap((built) => Object.keys(built.metafile.inputs)).flatMap((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []),
);
const licences = [];
for (const name of [...bundled].sort()) {
  const home = join(root, "node_modules", name);
  const file = (await readdir(home)).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} is bundled into the console, but has no licence file in ${home}`);
  const { version } = JSON.parse(await readFile(join(home, "package.json"), "utf8"));
  licences.push(`${name} ${version}\n\n${await readFile(join(home, file), "utf8")}`);
}
await writeFile(join(target, "licences.txt"), licences.join("\n\n"));

const digests = {};
for (const name of (await readdir(target)).sort()) {
  const bytes = await readFile(join(target, name));
  digests[name] = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  const kib = (count) => `${(count / 1024).toFixed(1)} KiB`.padStart(10);
  console.log(`console: ${name.padEnd(24)} ${kib(bytes.length)} ${kib(gzipSync(bytes, { level: 9 }).length)} gzipped`);
}
await writeFile(index, `${JSON.stringify(digests, null, 1)}\n`);
