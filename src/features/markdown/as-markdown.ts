import type { FieldEdits, FinalOutcome, ResponseOutcome } from "../../pipeline/stage.ts";
import { andThen, type Awaitable } from "../../timing/and-then.ts";
import { inTurns } from "../../timing/turns.ts";
import { conversionStream, estimateTokens, type Conversion } from "./convert.ts";
import { MARKDOWN_TYPE, type MadeMarkdown } from "./page-fields.ts";
import type { MarkdownPolicy } from "./policy.ts";
import type { MarkdownReason } from "./reasons.ts";
import type { PageRecorder } from "./reusable-pages.ts";

/** A page to send as markdown. */
interface PageToConvert {
  /** Begins its conversion. */
  readonly open: () => Conversion;
  readonly recorder: PageRecorder | undefined;
  /** The largest markdown that is stored, in bytes. */
  readonly largest: number;
  readonly hasContent: boolean;
  readonly policy: Pick<MarkdownPolicy, "maxBytes" | "tokens" | "onScriptOnly">;
  readonly fieldsOf: (made: MadeMarkdown) => FieldEdits;
  /** The outcome for a page that only a script renders. */
  readonly asPage: () => FinalOutcome<MarkdownReason>;
}

type Outcome = FinalOutcome<MarkdownReason>;

const representation = { variant: "md", type: MARKDOWN_TYPE };

/**
 * Sends a page as markdown while it arrives. The first text follows the head of the page, so the
 * response is described by then. With `tokens`, the whole is converted first.
 */
export function asMarkdown(page: PageToConvert): ResponseOutcome<MarkdownReason> {
  const { hasContent, policy, fieldsOf } = page;
  if (!hasContent) {
    const fields = fieldsOf({ metas: [] });
    return { kind: "transform", reason: "converted", representation, fields, stream: unchanged };
  }
  if (policy.tokens) return wholePage(page);
  return policy.onScriptOnly === "notice" ? whileItArrives(page, page.open()) : onceKnown(page);
}

/** @param begun text that the conversion has returned, for bytes that are not read again */
function whileItArrives(
  { recorder, largest, fieldsOf }: PageToConvert,
  conversion: Conversion,
  begun?: { readonly text: string; readonly bytes: number },
): Outcome {
  return {
    kind: "transform",
    reason: "converted",
    representation,
    fields: () => fieldsOf({ metas: conversion.metas }),
    facts: () => factsOf(conversion),
    stream: (content) =>
      inTurns(
        begun === undefined ? content : content.pipeThrough(skipping(begun.bytes)),
      ).pipeThrough(
        conversionStream(
          conversion,
          largest,
          recorder &&
            ((markdown) =>
              recorder(markdown, { metas: conversion.metas, pageBytes: conversion.bytes })),
          begun?.text,
        ),
      ),
  };
}

/** Reads a page until it is known whether only a script renders it. */
function onceKnown(page: PageToConvert): ResponseOutcome<MarkdownReason> {
  const { policy, asPage } = page;
  const conversion = page.open();
  let text = "";
  let bytes = 0;
  return {
    kind: "scan",
    maxBytes: policy.maxBytes,
    see(piece, at) {
      bytes += piece.length;
      return andThen(conversion.push(piece), (more): Awaitable<Outcome | undefined> => {
        text += more;
        if (at !== "open") return whole(page, conversion, text, at);
        if (conversion.isScriptOnly === true) return asPage();
        const isKnown = conversion.isScriptOnly === false || text !== "";
        return isKnown ? whileItArrives(page, conversion, { text, bytes }) : undefined;
      });
    },
  };
}

/** Converts the whole page before it is sent, so that fields can describe the whole. */
function wholePage(page: PageToConvert): ResponseOutcome<MarkdownReason> {
  const conversion = page.open();
  let text = "";
  return {
    kind: "scan",
    maxBytes: page.policy.maxBytes,
    see: (piece, at) =>
      andThen(conversion.push(piece), (more) => {
        text += more;
        return at === "open" ? undefined : whole(page, conversion, text, at);
      }),
  };
}

/** Ends a conversion; returns its outcome as a whole. */
function whole(
  { policy, recorder, fieldsOf, asPage }: PageToConvert,
  conversion: Conversion,
  text: string,
  at: "end" | "limit",
): Awaitable<Outcome> {
  return andThen(at === "limit" ? conversion.truncate() : conversion.end(), (rest): Outcome => {
    if (conversion.isScriptOnly === true && policy.onScriptOnly !== "notice") return asPage();
    const markdown = text + rest;
    const content = new TextEncoder().encode(markdown);
    const { metas } = conversion;
    const tokens = policy.tokens ? estimateTokens(markdown) : undefined;
    const { bytes } = conversion;
    recorder?.(content, { metas, tokens, pageBytes: bytes });
    const detail = factsOf(conversion);
    return {
      kind: "replace",
      reason: "converted",
      before: bytes,
      content,
      representation,
      fields: fieldsOf({ metas, tokens }),
      ...(detail === undefined ? {} : { detail }),
    };
  });
}

/** The stream of a response without content is never begun. */
function unchanged(content: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  return content;
}

/** Facts for the trace. */
function factsOf({ note }: Conversion): { readonly note: string } | undefined {
  return note === undefined ? undefined : { note };
}

/** Drops the first bytes of a stream. */
function skipping(bytes: number): TransformStream<Uint8Array, Uint8Array> {
  let left = bytes;
  return new TransformStream({
    transform(piece, to) {
      const rest = piece.subarray(Math.min(left, piece.length));
      left -= piece.length - rest.length;
      if (rest.length > 0) to.enqueue(rest);
    },
  });
}
