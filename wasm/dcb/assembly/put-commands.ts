// The content of a compressed metablock (RFC 7932 §9.3).
import { put } from "./bits";
import { Switch, step } from "./block-switch";
import { codedCopyOf, commandAt, commandCount, copyOf, hasDistance, insertOf, symbolOf, valueOf } from "./command";
import { distanceExtra, distanceSymbol } from "./distance";
import { copyBaseOf, copyBitsOf, copyCodeOf, insertBaseOf, insertBitsOf, insertCodeOf } from "./lengths";
import { contexts, distanceContexts, literals } from "./symbols";
import { Trees, putSymbol } from "./trees";

/** Writes all commands, their literals and distances. */
export function putCommands(literalSwitch: Switch, commandSwitch: Switch, distanceSwitch: Switch, literalTrees: Trees, commandTrees: Trees, distanceTrees: Trees): void {
  let n: u32 = 0;
  let d: u32 = 0;
  for (let c: u32 = 0; c < commandCount; c++) {
    const command = commandAt(c);
    const insert = insertOf(command);
    const copy = copyOf(command);
    step(commandSwitch);
    putSymbol(commandTrees, commandSwitch.type, symbolOf(command));
    const insertCode = insertCodeOf(insert);
    put(insert - insertBaseOf(insertCode), insertBitsOf(insertCode));
    if (copy != 0) {
      const coded = codedCopyOf(command);
      const copyCode = copyCodeOf(coded);
      put(coded - copyBaseOf(copyCode), copyBitsOf(copyCode));
    }
    for (const end = n + insert; n < end; n++) {
      step(literalSwitch);
      const tree = load<u8>(literalTrees.map + ((literalSwitch.type << 6) | u32(load<u8>(contexts + n))));
      putSymbol(literalTrees, tree, load<u16>(literals + (n << 1)));
    }
    if (!hasDistance(command)) continue;
    step(distanceSwitch);
    const symbol = distanceSymbol(valueOf(command));
    const tree = load<u8>(distanceTrees.map + ((distanceSwitch.type << 2) | u32(load<u8>(distanceContexts + d++))));
    putSymbol(distanceTrees, tree, symbol & 0xffff);
    const bits = symbol >> 16;
    if (bits > 0) put(distanceExtra(valueOf(command), bits), bits);
  }
}
