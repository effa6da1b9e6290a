import { toMarkdownUrl } from "../../http/markdown-url.ts";
import { parseMediaType } from "../../http/media-type.ts";
import { splitTarget, urlOfTarget } from "../../http/target.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { Stage } from "../../pipeline/stage.ts";
import { HtmlDecoder } from "./charset.ts";
import { decideMarkdownRequest, decideMarkdownResponse, type MarkdownRequest } from "./decide.ts";
import type { MarkdownConverter, MarkdownEngine } from "./engine.ts";
import type { MarkdownPolicy } from "./policy.ts";

/** Serves a page as markdown where the request asks for it, by Accept or as `…/index.md`. */
export function markdown({ engine }: { readonly engine: MarkdownEngine }): Stage<MarkdownPolicy> {
  return {
    name: "markdown",
    feature: "markdown",
    varyOn: ["Accept"],

    onRequest(exchange, policy) {
      const request = decide(exchange, policy);
      if (request.kind !== "wanted") return request;
      return {
        kind: "forward",
        reason: request.by,
        reads: true,
        variant: "md",
        ...(request.by === "index-md" ? { target: request.target } : {}),
      };
    },

    onResponse({ status, fields, length }, exchange, policy) {
      const type = parseMediaType(fields.get("content-type"));
      const request = decide(exchange, policy);
      const { path } = splitTarget(exchange.originTarget);
      const response = decideMarkdownResponse(request, { status, type, length, path }, policy);
      if (response.kind === "declined" || response.kind === "ineligible") return response;
      const page = urlOfTarget(exchange.url.origin, exchange.originTarget).href;
      if (response.kind === "link") {
        const link = `<${toMarkdownUrl(page)}>; rel="alternate"; type="text/markdown"`;
        return { kind: "amend", reason: response.reason, fields: { append: [["link", link]] } };
      }
      return {
        kind: "transform",
        reason: request.kind === "wanted" ? request.by : request.reason,
        representation: { variant: "md", type: "text/markdown; charset=utf-8" },
        fields: { append: [["link", `<${page}>; rel="canonical"`]] },
        stream: (content) =>
          content.pipeThrough(
            conversion(
              engine.open({ url: page, frontmatter: policy.frontmatter }),
              new HtmlDecoder(type?.charset),
              policy.maxBytes,
            ),
          ),
      };
    },
  };
}

function decide(exchange: Exchange, policy: MarkdownPolicy): MarkdownRequest {
  const { method, target } = exchange;
  return decideMarkdownRequest({ method, target, accept: exchange.field("accept") }, policy);
}

/** HTML bytes in, markdown bytes out; what comes after the bound is left out with a notice. */
function conversion(
  converter: MarkdownConverter,
  decoder: HtmlDecoder,
  maxBytes: number,
): TransformStream<Uint8Array, Uint8Array> {
  const encoder = new TextEncoder();
  let left = maxBytes;
  return new TransformStream({
    transform(piece, controller) {
      if (left < 0) return;
      const taken = piece.subarray(0, left);
      left -= piece.length;
      const text = converter.push(decoder.decode(taken));
      if (text !== "") controller.enqueue(encoder.encode(text));
      if (left >= 0) return;
      controller.enqueue(encoder.encode(converter.push(decoder.end()) + converter.truncate()));
      controller.terminate();
    },
    flush(controller) {
      if (left < 0) return;
      const text = converter.push(decoder.end()) + converter.end();
      if (text !== "") controller.enqueue(encoder.encode(text));
    },
  });
}
