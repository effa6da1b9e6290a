import { parseCacheControl } from "../../http/cache-control.ts";
import { parseMediaType } from "../../http/media-type.ts";
import { urlOnOrigin } from "../../http/target.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { ResponseHead } from "../../pipeline/stage.ts";
import type { PageHead } from "./decide.ts";

/**
 * What decisions read of a response, built as far as it is read.
 *
 * @param originServer its own origin, which redirects may name: the site is meant
 */
export function pageHead(
  { status, fields, length }: ResponseHead,
  exchange: Exchange,
  originServer: string | undefined,
): PageHead {
  const location = fields.get("location");
  let page: URL | undefined;
  const isOwnHost = originServer !== undefined && location?.startsWith(`${originServer}/`) === true;
  return {
    status,
    type: parseMediaType(fields.get("content-type")),
    length,
    location: isOwnHost ? location.slice(originServer.length) : location,
    get isStored() {
      return !parseCacheControl(fields.get("cache-control")).has("no-store");
    },
    get page() {
      page ??= urlOnOrigin(exchange.originTarget, exchange.url);
      return page;
    },
  };
}
