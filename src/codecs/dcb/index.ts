export { createDcbEncoder, staticDictionaryStream } from "./encoder.ts";
export type { DcbEncodeOptions, DcbEncoder, DcbOptions, PreparedDictionary } from "./encoder.ts";
export { DcbError } from "./errors.ts";
export type { DcbErrorCode } from "./errors.ts";
export { DCB_HEADER_BYTES, dcbHeader } from "./header.ts";
