import { startCaddy } from "./origins/caddy.ts";
import { describeStatic } from "./static.ts";

describeStatic("Caddy", {
  programs: ["caddy"],
  start: startCaddy,
  targets: ["/old", "/away", "/gone"],
});
