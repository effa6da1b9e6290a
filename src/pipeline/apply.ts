import { counted, pulled, readBounded } from "../http/gather.ts";
import { replaceRepresentation } from "../http/representation.ts";
import { MadeBody, type Body } from "./body.ts";
import type { Answer, Exchange } from "./exchange.ts";
import { headOf } from "./head.ts";
import { ownAnswer } from "./own-answer.ts";
import { ReadTimeout } from "./read.ts";
import type { ExchangeRecord } from "./record.ts";
import type { Awaitable, FieldEdits, FinalOutcome, Transform } from "./stage.ts";
import { within } from "../timing/timeout.ts";

/** Carries out a stage's decision. If it fails, the given answer is unchanged: fields are edited last. */
export function applyOutcome(
  answer: Answer,
  outcome: FinalOutcome,
  exchange: Exchange,
  timeout: number,
): Awaitable<Answer> {
  const { status, fields, body } = answer;
  switch (outcome.kind) {
    case "ineligible":
    case "declined":
      return answer;
    case "amend": {
      editFields(answer, outcome.fields);
      const { keep } = outcome;
      if (keep !== undefined && body !== null && (body.readable || keep.asItCame === true)) {
        exchange.background(
          readBounded(body.open(), keep.maxBytes, headOf(answer).length).then((content) =>
            content === undefined ? undefined : keep.done(content),
          ),
        );
      }
      return answer;
    }
    case "replace": {
      const { content, representation, before = headOf(answer).length } = outcome;
      const change = { to: representation, before, after: content.length };
      if (body !== null) exchange.record?.changed(change);
      replaceRepresentation(fields, { ...representation, length: content.length });
      editFields(answer, outcome.fields);
      body?.release();
      return { ...withoutText(answer), status, body: body === null ? null : new MadeBody(content) };
    }
    case "transform":
      return transform(answer, outcome, exchange, timeout);
    case "respond":
      body?.release();
      return ownAnswer(exchange, outcome.response);
  }
}

async function transform(
  answer: Answer,
  outcome: Transform,
  { record }: Exchange,
  timeout: number,
): Promise<Answer> {
  const { fields, body } = answer;
  const measured = record?.measures === true ? measure(outcome, record) : outcome;
  const content = body === null ? null : await begin(measured, body, timeout);
  const edits = typeof outcome.fields === "function" ? outcome.fields() : outcome.fields;
  replaceRepresentation(fields, outcome.representation);
  editFields(answer, edits);
  body?.release();
  return { ...answer, body: content === null ? null : new MadeBody(content) };
}

/** The same transform, which counts the bytes that it reads and writes. */
function measure(transform: Transform, record: ExchangeRecord): Transform {
  const { representation, before } = transform;
  return {
    ...transform,
    stream(content) {
      const change = { to: representation, before: before ?? 0, after: 0 };
      record.changed(change);
      const read =
        before === undefined ? counted(content, (bytes) => (change.before += bytes)) : content;
      return counted(transform.stream(read), (bytes) => (change.after += bytes));
    },
  };
}

function withoutText({ statusText: _statusText, ...answer }: Answer): Answer {
  return answer;
}

function editFields({ fields }: Answer, edits: FieldEdits | undefined): void {
  for (const name of edits?.remove ?? []) fields.delete(name);
  for (const [name, value] of edits?.set ?? []) fields.set(name, value);
  for (const [name, value] of edits?.append ?? []) fields.append(name, value);
}

/**
 * Starts a transform. If it fails, its stream of the content is cancelled, so that the origin server
 * does not wait for a reader.
 */
async function begin(
  transform: Transform,
  body: Body,
  timeout: number,
): Promise<ReadableStream<Uint8Array>> {
  const view = body.open();
  try {
    return await firstPiece(transform.stream(view), timeout);
  } catch (error) {
    view.cancel(error).catch(() => {});
    throw error;
  }
}

/** Waits for the first piece of a stream, so that the original can still be sent if the transform fails before it. */
async function firstPiece(
  stream: ReadableStream<Uint8Array>,
  timeout: number,
): Promise<ReadableStream<Uint8Array>> {
  const reader = stream.getReader();
  let first: ReadableStreamReadResult<Uint8Array>;
  try {
    first = await within(timeout, reader.read(), () => {
      throw new ReadTimeout();
    });
  } catch (error) {
    reader.cancel(error).catch(() => {});
    throw error;
  }
  let early: typeof first | undefined = first;
  return pulled(
    async () => {
      const read = early ?? (await reader.read());
      early = undefined;
      return read;
    },
    (reason) => reader.cancel(reason),
    1,
  );
}
