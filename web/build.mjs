// Builds dist/: index.html, and everything it needs under assets/ by names that change with the content.
//
//   node build.mjs
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, transform } from "esbuild";
import { compile } from "sass";

const root = dirname(fileURLToPath(import.meta.url));
const modules = join(root, "node_modules");
const dist = join(root, "dist");
const target = ["chrome100", "firefox100", "safari15.4"];
// What the page is made of that is not ours: its licences are shipped with it.
const parts = ["bootstrap", "wavesurfer.js", "@fontsource-variable/fraunces"];

// Writes an asset and gives its URL.
function asset(name, extension, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const path = `/assets/${name}-${hash}.${extension}`;
  writeFileSync(join(dist, path), content);
  return path;
}

async function script(name, entry, format, define) {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format,
    target,
    define,
    legalComments: "none",
    logLevel: "warning",
  });
  return asset(name, "js", result.outputFiles[0].contents);
}

async function styleSheet(font) {
  const sheet = compile(join(root, "src/styles/page.scss"), {
    loadPaths: [modules],
    quietDeps: true,
    silenceDeprecations: ["import"],
  });
  const css = sheet.css.replaceAll("%font%", font);
  return asset("page", "css", (await transform(css, { loader: "css", minify: true, target })).code);
}

function licences() {
  const texts = parts.map((part) => {
    const folder = join(modules, part);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
    if (file === undefined) throw new Error(`${part} has no licence file`);
    return `${part} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
  });
  return asset("licences", "txt", texts.join(`\n${"-".repeat(72)}\n\n`));
}

export async function buildPage() {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(join(dist, "assets"), { recursive: true });
  const font = asset(
    "fraunces",
    "woff2",
    readFileSync(join(modules, parts[2], "files/fraunces-latin-wght-normal.woff2")),
  );
  const worklet = await script("pcm", "src/worklet/pcm.ts", "iife", {});
  const names = {
    font,
    script: await script("page", "src/main.ts", "esm", { WORKLET_URL: JSON.stringify(worklet) }),
    style: await styleSheet(font),
    icon: asset("icon", "svg", readFileSync(join(root, "src/icon.svg"))),
    licences: licences(),
  };
  const html = readFileSync(join(root, "index.html"), "utf8").replace(/%(\w+)%/g, (_, name) => {
    if (!(name in names)) throw new Error(`index.html: nothing is called %${name}%`);
    return names[name];
  });
  writeFileSync(join(dist, "index.html"), html);
  return readdirSync(join(dist, "assets"));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log((await buildPage()).join("\n"));
}
