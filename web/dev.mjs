// Builds on every change and serves the page with the mock server of the browser tests.
//
//   npm run dev [-- PORT]        needs `npm ci` in tests/browser/page too
import { watch } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { MockServer } from "../tests/browser/page/mock_server.mjs";
import { buildPage } from "./build.mjs";

const root = dirname(fileURLToPath(import.meta.url));
await buildPage();
const server = await MockServer.start(join(root, "dist"), Number(process.argv[2] ?? 8090));
console.log(`mock server: ${server.url}`);

let pending;
const rebuild = () => {
  clearTimeout(pending);
  pending = setTimeout(
    () =>
      buildPage().then(
        () => console.log("built"),
        (error) => console.error(error.message),
      ),
    100,
  );
};
watch(
  join(root, "src"),
  { recursive: process.platform !== "linux" || Number(process.versions.node.split(".")[0]) >= 20 },
  rebuild,
);
watch(join(root, "index.html"), rebuild);
