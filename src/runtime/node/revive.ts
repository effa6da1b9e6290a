import type { Revive } from "../../cache/message.ts";
import { FieldList } from "../../http/fields.ts";
import type { OriginResponse } from "../../pipeline/exchange.ts";
import { OriginBody, type Flow } from "./origin-body.ts";

/** Content that is all there needs no brakes. */
const NO_FLOW: Flow = { pause: () => {}, resume: () => {}, abort: () => {} };

/** Makes a stored response what the origin client would have given. */
export const reviveOnNode: Revive<OriginResponse> = ({ status, statusText, fields, content }) => {
  const list = FieldList.from(fields);
  const head = { status, ...(statusText === undefined ? {} : { statusText }), fields: list };
  if (content === null) return { ...head, body: null };
  const body = new OriginBody(NO_FLOW, list.get("content-encoding"));
  if (content.length > 0) {
    body.push(Buffer.from(content.buffer, content.byteOffset, content.byteLength));
  }
  body.end();
  return { ...head, body };
};
