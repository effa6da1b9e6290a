import { isBuiltin } from "node:module";
import { join } from "node:path";
import { build as bundle, type Metafile, type Plugin } from "esbuild";

/** What wayleave imports of undici. Its own entry has half as much again, of which nothing can be left out. */
const PARTS = `
  import api from "./lib/api/index.js";
  import Dispatcher from "./lib/dispatcher/dispatcher.js";
  Object.assign(Dispatcher.prototype, api);
  export { default as Agent } from "./lib/dispatcher/agent.js";
  export { default as Client } from "./lib/dispatcher/client.js";
  export { default as Pool } from "./lib/dispatcher/pool.js";
  export { default as buildConnector } from "./lib/core/connect.js";
  export { default as errors } from "./lib/core/errors.js";
  export { fetch } from "./lib/web/fetch/index.js";`;

/** Requires Node's modules as they are, since undici extends some, and only once they are used. */
const lateRequires: Plugin = {
  name: "late-requires",
  setup(build) {
    build.onResolve({ filter: /^[a-z0-9:/_]+$/ }, ({ path, kind }) =>
      kind === "require-call" && isBuiltin(path)
        ? { path: path.replace(/^(?:node:)?/, "node:"), namespace: "late-requires" }
        : undefined,
    );
    build.onLoad({ filter: /./, namespace: "late-requires" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

/**
 * Bundles undici, with short names: with its own it would take half as much again.
 *
 * @param inputs called with what it is made of
 */
export function undiciParts(root: string, inputs: (metafile: Metafile) => void): Plugin {
  return {
    name: "undici-parts",
    setup(build) {
      build.onResolve({ filter: /^undici$/ }, ({ path }) => ({ path, namespace: "undici-parts" }));
      build.onLoad({ filter: /./, namespace: "undici-parts" }, async () => {
        const { outputFiles, metafile } = await bundle({
          absWorkingDir: root,
          stdin: { contents: PARTS, resolveDir: join(root, "node_modules", "undici") },
          bundle: true,
          format: "esm",
          platform: "node",
          target: "es2024",
          legalComments: "none",
          minify: true,
          lineLimit: 160,
          write: false,
          metafile: true,
          plugins: [lateRequires],
        });
        inputs(metafile);
        return { contents: outputFiles[0]?.text ?? "" };
      });
    },
  };
}
