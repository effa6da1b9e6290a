// Five deploys of whole sites by real tools: an application by Vite, one by Next.js, a documentation site.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, extname, join } from "node:path";
import process from "node:process";
import { APP, buildNext, FOLDER, run, viteConfig, type Deploy } from "../bundlers/builds.ts";
import { ROUTES, writeSources } from "../bundlers/sources.ts";

/** A site whose deploys visitors see. */
export interface Site {
  readonly name: string;
  /** The pages of a visit, in the order in which visitors open them. */
  readonly pages: readonly string[];
  /** The files of a deploy, by address. */
  build(version: number): Deploy;
}

const VITEPRESS = "vitepress@1.6.4";
const WORDS =
  "lamp wall desk garden switch cable bulb light colour warm bright shade glass metal wood paper room table chair window door evening morning price order delivery return repair socket fitting".split(
    " ",
  );

/** Each file below a folder; pages without their extension, as static hosts serve them. */
function filesOf(folder: string): Deploy {
  const names = globSync("**/*.{html,js,css,json,woff2}", { cwd: folder }).toSorted();
  return new Map(
    names.map((name) => {
      const isPage = extname(name) === ".html";
      const address = isPage ? name.slice(0, -5).replace(/(^|\/)index$/, "$1") : name;
      return [`/${address}`, readFileSync(join(folder, name))];
    }),
  );
}

/** Builds a version once; `collect` copies its files into the folder where they stay. */
function once(name: string, version: number, collect: (stored: string) => void): Deploy {
  const stored = join(FOLDER, "built", name, String(version));
  if (!existsSync(stored)) {
    mkdirSync(stored, { recursive: true });
    try {
      collect(stored);
    } catch (error) {
      rmSync(stored, { recursive: true });
      throw error;
    }
  }
  return filesOf(stored);
}

const vite: Site = {
  name: "Vite",
  pages: ["/", "/search", "/product", "/basket"],
  build: (version) =>
    once("site-vite", version, (stored) => {
      const page = `<!doctype html><html lang="en"><head><title>Shop</title><link rel="stylesheet" href="./style.css"><script type="module" src="./main.js"></script></head><body></body></html>\n`;
      writeSources(APP, version, new Map([["index.html", page]]));
      writeFileSync(join(FOLDER, "vite.config.mjs"), viteConfig("app/index.html"));
      run("vite", ["build"]);
      cpSync(join(FOLDER, "out"), stored, { recursive: true });
      for (const route of ROUTES) cpSync(join(stored, "index.html"), join(stored, `${route}.html`));
    }),
};

const next: Site = {
  name: "Next.js, Turbopack",
  pages: ["/", "/search", "/product", "/basket"],
  build: (version) =>
    once("site-next", version, (stored) => {
      buildNext(version, "--turbopack");
      const built = join(FOLDER, "site/.next");
      cpSync(join(built, "static"), join(stored, "_next/static"), { recursive: true });
      for (const page of globSync("*.html", { cwd: join(built, "server/app") })) {
        cpSync(join(built, "server/app", page), join(stored, page));
      }
    }),
};

const DOCUMENTS = Array.from({ length: 24 }, (_, i) => `guide/part-${i}`);

/** A page whose paragraphs change with some versions. */
function documentText(page: number, version: number): string {
  const edited = Math.max(1, ...[2, 3, 4, 5].filter((v) => v <= version && (v + page) % 3 === 0));
  const paragraph = (i: number): string => {
    let state = page * 7919 + i * 104_729 + (i % 6 === edited % 6 ? edited * 31 : 0);
    const words = Array.from({ length: 60 }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return WORDS[Math.floor((state / 2 ** 32) * WORDS.length)];
    });
    return `## Section ${i} of part ${page}\n\n${words.join(" ")}.\n`;
  };
  return `# Part ${page}\n\n${Array.from({ length: 8 }, (_, i) => paragraph(i)).join("\n")}`;
}

const docs: Site = {
  name: "documentation",
  pages: ["/", "/guide/part-1", "/guide/part-2", "/guide/part-3"],
  build: (version) =>
    once("site-docs", version, (stored) => {
      const folder = join(FOLDER, "docs");
      if (!existsSync(join(folder, "node_modules/vitepress"))) installVitePress(folder);
      const items = DOCUMENTS.map((path) => ({ text: path, link: `/${path}` }));
      const sidebar = JSON.stringify([{ text: "Guide", items }]);
      const files = new Map([
        ["index.md", documentText(99, version)],
        [
          ".vitepress/config.mjs",
          `export default { title: "Lamps ${version}", cleanUrls: true, themeConfig: { sidebar: ${sidebar} } };\n`,
        ],
        ...DOCUMENTS.map((path, i): [string, string] => [`${path}.md`, documentText(i, version)]),
      ]);
      for (const [path, text] of files) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
      const program = join(folder, "node_modules/.bin/vitepress");
      execFileSync(program, ["build"], { cwd: folder, stdio: "pipe" });
      cpSync(join(folder, ".vitepress/dist"), stored, { recursive: true });
    }),
};

function installVitePress(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  const flags = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"];
  execFileSync("npm", [...flags, VITEPRESS], { cwd: folder, env: process.env, stdio: "inherit" });
}

/** All sites that are measured. */
export const SITES: readonly Site[] = [vite, next, docs];
