// Operations of several commands, each atomic on the server. They use the server's clock, so that
// the clocks of a fleet need not agree.

/** Stores a blob for the longer of its times. KEYS: the blob. ARGV: content, milliseconds. */
export const PUT_BLOB = `
local left = redis.call('PTTL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', math.max(left, tonumber(ARGV[2])))`;

// A group is one hash; each value begins with its expiry in milliseconds and a colon.
const TIME = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function ends(value) return tonumber(string.match(value, '^(%d+):')) or 0 end`;

/** Returns key, value, key, value … of the entries that have not expired. KEYS: the group. */
export const READ_GROUP = `${TIME}
local all = redis.call('HGETALL', KEYS[1])
local found = {}
for i = 1, #all, 2 do
  if ends(all[i + 1]) > now then
    found[#found + 1] = all[i]
    found[#found + 1] = string.sub(all[i + 1], string.find(all[i + 1], ':', 1, true) + 1)
  end
end
return found`;

/**
 * Changes entries of a group, and removes expired ones. KEYS: the group. ARGV: milliseconds, key
 * and value of each change; 0 milliseconds remove the entry.
 */
export const CHANGE_GROUP = `${TIME}
for i = 1, #ARGV, 3 do
  local life = tonumber(ARGV[i])
  if life > 0 then
    local until_ = string.format('%.0f', now + life)
    redis.call('HSET', KEYS[1], ARGV[i + 1], until_ .. ':' .. ARGV[i + 2])
  else
    redis.call('HDEL', KEYS[1], ARGV[i + 1])
  end
end
local all = redis.call('HGETALL', KEYS[1])
local last = 0
for i = 1, #all, 2 do
  local over = ends(all[i + 1])
  if over <= now then redis.call('HDEL', KEYS[1], all[i])
  elseif over > last then last = over end
end
if last > 0 then redis.call('PEXPIRE', KEYS[1], string.format('%.0f', last - now)) end`;
