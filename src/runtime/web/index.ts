/** Requests and responses of the Web for a pipeline of one's own: `wayleave/web`. */
export { WebExchange, type WebRequestFacts } from "./exchange.ts";
export { fromResponse, toResponse } from "./respond.ts";
