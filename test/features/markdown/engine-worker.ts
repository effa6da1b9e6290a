import type { MarkdownOptions } from "../../../src/feature/parts.ts";
import { convertPage } from "../../support/convert-page.ts";
import { streamEngine } from "../../../src/features/markdown/stream/index.ts";

/** As an operator loads it: its libraries are evaluated at the first page that needs them. */
const loadTurndown = async () => {
  const { turndownEngine } = await import("../../../src/features/markdown/turndown/index.ts");
  return turndownEngine;
};

interface Page {
  readonly html: string;
  readonly options: MarkdownOptions;
}

/** Converts a list of pages by the engine that the path names. */
export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method === "GET") return new Response("ready");
    const isTurndown = new URL(request.url).pathname === "/turndown";
    const engine = isTurndown ? await loadTurndown() : streamEngine;
    const pages = (await request.json()) as readonly Page[];
    return Response.json(pages.map(({ html, options }) => convertPage(engine, html, options)));
  },
};
