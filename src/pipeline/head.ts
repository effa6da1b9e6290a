import type { Fields } from "../http/fields.ts";
import { MadeBody } from "./body.ts";
import type { Answer, Exchange } from "./exchange.ts";
import type { ResponseHead, RequestOutcome } from "./stage.ts";

/** The head of an answer for a stage. */
export function headOf({ status, fields, body }: Answer): ResponseHead {
  return new AnswerHead(status, fields, body);
}

/**
 * A class, because an object literal with a getter gets a hidden class for each response, and the
 * garbage collector frees that late, with everything that the getter references.
 */
class AnswerHead implements ResponseHead {
  readonly status: number;
  readonly fields: Fields;
  readonly hasContent: boolean;
  readonly isReadable: boolean;
  readonly isMade: boolean;

  constructor(status: number, fields: Fields, body: Answer["body"]) {
    this.status = status;
    this.fields = fields;
    this.hasContent = body !== null;
    this.isReadable = body?.readable === true;
    this.isMade = body instanceof MadeBody;
  }

  get length(): number | undefined {
    if (this.fields.get("content-encoding") !== undefined) return undefined;
    const length = this.fields.get("content-length");
    return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
  }
}

/** Whether the content can be decoded, or could be if there were any (HEAD). */
export function isReadable({ fields, body }: Answer, decodable: ReadonlySet<string>): boolean {
  if (body !== null) return body.readable;
  const coding = fields.get("content-encoding")?.trim().toLowerCase() ?? "";
  return coding === "" || coding === "identity" || decodable.has(coding);
}

/** The index of the last stage that needs a HEAD to be sent as GET; later stages see a HEAD again. */
export function lastReader(
  { method }: Exchange,
  turns: readonly { readonly request?: RequestOutcome }[],
): number {
  if (method !== "HEAD") return turns.length;
  return turns.findLastIndex(
    ({ request }) => request?.kind === "forward" && request.method !== undefined,
  );
}

/** RFC 9110 §9.3.2: a HEAD is answered without content, whichever method the origin server got. */
export function withoutContent({ method }: Exchange, answer: Answer): Answer {
  if (method !== "HEAD" || answer.body === null) return answer;
  answer.body.release();
  return { ...answer, body: null };
}
