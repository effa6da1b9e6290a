import { OriginError, type OwnOriginClient } from "../../pipeline/exchange.ts";
import type { DecoderOf } from "./body.ts";
import { toHeaders } from "./fields.ts";
import type { OriginReach } from "./origin-client.ts";
import { headWithin } from "./origin-timeouts.ts";
import { fromResponse } from "./respond.ts";

/** Creates the client for the proxy's own requests to the origin server, which uses `fetch`. */
export function ownOriginByFetch(
  settings: Omit<OriginReach, "mapResponse"> & {
    readonly sendsPublicHost: boolean;
    readonly decodable: ReadonlySet<string>;
    readonly decoderOf: DecoderOf;
  },
): OwnOriginClient {
  return async ({ method, target, fields }, publicHost) => {
    const headers = toHeaders(fields);
    if (settings.sendsPublicHost) headers.set("host", publicHost);
    if (!headers.has("accept-encoding")) {
      headers.set("accept-encoding", [...settings.decodable].join(", "));
    }
    try {
      const asking = fetch(settings.origin + target, { method, headers, redirect: "manual" });
      const response = await headWithin(settings.headTimeout, asking);
      return fromResponse(response, method, settings.decoderOf, settings.idleTimeout);
    } catch (error) {
      if (error instanceof OriginError) throw error;
      throw new OriginError("unknown", "head", error);
    }
  };
}
