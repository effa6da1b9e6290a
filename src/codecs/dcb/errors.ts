/** The reason why an encoding or decoding failed. */
type DcbErrorCode =
  /** The input is longer than `maxInputBytes`. */
  | "input-too-large"
  /** The dictionary is longer than `maxDictionaryBytes`. */
  | "dictionary-too-large"
  /** The stream would decode to more than `maxBytes`. */
  | "output-too-large"
  /** The stream is not valid Brotli (RFC 7932 §10). */
  | "malformed"
  /** The stream ends too early. */
  | "truncated"
  /** The stream uses the static dictionary, which was not given, or another transform than ours. */
  | "static-dictionary"
  | "bad-option"
  /** The module ran out of memory or has a defect; the next call gets a new instance. */
  | "trap";

/** The only error that this codec throws. */
export class DcbError extends Error {
  override readonly name = "DcbError";
  readonly code: DcbErrorCode;

  constructor(code: DcbErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
