import { MadeBody } from "./body.ts";
import type { Answer } from "./exchange.ts";
import type { ResponseHead } from "./stage.ts";

/** What a stage sees of an answer. */
export function headOf({ status, fields, body }: Answer): ResponseHead {
  return {
    status,
    fields,
    hasContent: body !== null,
    isMade: body instanceof MadeBody,
    get length() {
      if (fields.get("content-encoding") !== undefined) return undefined;
      const length = fields.get("content-length");
      return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
    },
  };
}

/** Whether the content can be decoded, or could be where there is none (HEAD). */
export function isReadable({ fields, body }: Answer, decodable: ReadonlySet<string>): boolean {
  if (body !== null) return body.readable;
  const coding = fields.get("content-encoding")?.trim().toLowerCase() ?? "";
  return coding === "" || coding === "identity" || decodable.has(coding);
}
