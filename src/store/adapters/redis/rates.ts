import RateLimiterRedis from "rate-limiter-flexible/lib/RateLimiterRedis.js";
import { countingRates } from "../../rate-counters.ts";
import type { RateStore } from "../../rates.ts";
import { flexibleCounters } from "../flexible-counters.ts";
import type { RedisLink } from "./link.ts";
import { ADD_UNITS, ENTER_SLOT, READ_COUNTER } from "./scripts.ts";

/** Creates rates on a Redis server, whose clock counts. Windows are whole seconds. */
export function redisRates(link: Pick<RedisLink, "send">, prefix: string): RateStore {
  const storeClient = clientOn(link);
  const counters = flexibleCounters(
    (points, duration) =>
      new RateLimiterRedis({
        points,
        duration,
        keyPrefix: `${prefix}rate`,
        storeClient,
        useRedisPackage: true,
        customIncrTtlLuaScript: ADD_UNITS,
      }),
  );
  const slots = (key: string): string => `${prefix}slots:${key}`;
  return {
    ...countingRates(counters),
    async enter(key, slot, limit, lease) {
      const milliseconds = String(Math.ceil(lease * 1000));
      const command = ["EVAL", ENTER_SLOT, "1", slots(key), slot, String(limit), milliseconds];
      const [isTaken, used] = numbers(await link.send(command));
      return { isTaken: isTaken === 1, used: used ?? 0 };
    },
    async leave(key, slot) {
      await link.send(["ZREM", slots(key), slot]);
    },
  };
}

/** Our link in the form of the client that rate-limiter-flexible calls. */
function clientOn({ send }: Pick<RedisLink, "send">) {
  interface Script {
    readonly keys: readonly string[];
    readonly arguments: readonly string[];
  }
  return {
    eval: async (script: string, { keys, arguments: args }: Script) =>
      numbers(await send(["EVAL", script, String(keys.length), ...keys, ...args])),
    /** Only `get` of a limiter uses it: GET and PTTL of one key. */
    multi() {
      let key = "";
      const chain = {
        get(name: string) {
          key = name;
          return chain;
        },
        pTTL: () => chain,
        async exec() {
          const [used = -1, left = -2] = numbers(await send(["EVAL", READ_COUNTER, "1", key]));
          return [used < 0 ? null : used, left];
        },
      };
      return chain;
    },
  };
}

function numbers(reply: unknown): readonly number[] {
  return Array.isArray(reply) ? reply.map(Number) : [];
}
