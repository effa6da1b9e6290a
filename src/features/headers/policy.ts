import * as v from "valibot";
import { modeEntries } from "../../pipeline/mode-schema.ts";
import { faultOfName, faultOfValue, type Edit } from "./editable.ts";

/** The most fields that one rule sets, or removes, in one direction. */
const MOST = 50;

const fieldName = (edit: Edit) =>
  v.pipe(
    v.string(),
    v.rawCheck(({ dataset, addIssue }) => {
      const fault = dataset.typed ? faultOfName(dataset.value, edit) : undefined;
      if (fault !== undefined) addIssue({ message: fault });
    }),
  );

const fieldValue = v.pipe(
  v.string(),
  v.rawCheck(({ dataset, addIssue }) => {
    const fault = dataset.typed ? faultOfValue(dataset.value) : undefined;
    if (fault !== undefined) addIssue({ message: fault });
  }),
);

const setting = (of: Edit["of"]) =>
  v.pipe(
    v.record(fieldName({ of, kind: "set" }), fieldValue),
    v.check((fields) => Object.keys(fields).length <= MOST, `at most ${MOST} fields`),
  );

const removal = (of: Edit["of"]) =>
  v.pipe(v.array(fieldName({ of, kind: "remove" })), v.maxLength(MOST));

/** The options under `headers`. */
export const headersOptions = v.strictObject({
  ...modeEntries,
  /** Fields of the request to the origin server. @default unchanged @example { "set": { "x-site": "docs" } } */
  request: v.optional(
    v.strictObject({
      /** For "request": fields with their values, which replace the client's. @default none @example { "x-site": "docs" } */
      set: v.optional(setting("request"), {}),
      /** For "request": names of fields that the origin server does not get. @default none @example ["x-debug"] */
      remove: v.optional(removal("request"), []),
    }),
    {},
  ),
  /**
   * Fields of the response to the client.
   * @default unchanged @example { "set": { "x-frame-options": "DENY" }, "remove": ["server"] }
   */
  response: v.optional(
    v.strictObject({
      /** For "response": fields with their values, which replace those of the response. @default none @example { "x-frame-options": "DENY" } */
      set: v.optional(setting("response"), {}),
      /** For "response": names of fields that the client does not get. @default none @example ["server", "x-powered-by"] */
      remove: v.optional(removal("response"), []),
    }),
    {},
  ),
});

/** One rule's edits of fields. */
export type HeadersPolicy = v.InferOutput<typeof headersOptions>;
