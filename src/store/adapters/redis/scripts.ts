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

/**
 * Adds units to a counter if they fit, and opens its window. Returns their sum, and the milliseconds
 * until the window ends. KEYS: the counter. ARGV: units, seconds, the limit.
 */
export const ADD_UNITS = `
local used = tonumber(redis.call('GET', KEYS[1]) or 0)
local left = redis.call('PTTL', KEYS[1])
local units = tonumber(ARGV[1])
local window = 1000 * ARGV[2]
local isOpen = left > 0
if not isOpen then
  used = 0
  left = window
elseif left > window then
  left = window
  redis.call('PEXPIRE', KEYS[1], left)
end
local sum = math.max(0, used + units)
if sum > tonumber(ARGV[3]) or (units < 0 and not isOpen) then return {used + units, left} end
if isOpen then redis.call('INCRBY', KEYS[1], string.format('%.0f', sum - used))
else redis.call('SET', KEYS[1], string.format('%.0f', sum), 'PX', string.format('%.0f', left)) end
return {sum, left}`;

/** Returns the units of a counter, -1 without one, and its milliseconds. KEYS: the counter. */
export const READ_COUNTER = `
local used = redis.call('GET', KEYS[1])
if not used then return {-1, -2} end
return {tonumber(used), redis.call('PTTL', KEYS[1])}`;

/**
 * Takes or renews a slot. Returns 1 or 0, and the slots in use. KEYS: the slots. ARGV: the slot, the
 * limit, milliseconds of the lease.
 */
export const ENTER_SLOT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local isMine = redis.call('ZSCORE', KEYS[1], ARGV[1])
local used = redis.call('ZCARD', KEYS[1])
if not isMine and used >= tonumber(ARGV[2]) then return {0, used} end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3]), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
if isMine then return {1, used} end
return {1, used + 1}`;
