// The accounts on a Redis server. Each script is one atomic step; it decides as `decideCharge` does.

/**
 * KEYS: the charge, the free quota, the deliveries of the content, balances, limits, the stream.
 * ARGV: "peek" or "charge", the request as JSON, seconds of a pending charge, the prefix of charges.
 */
export const CHARGE = `
local r = cjson.decode(ARGV[2])
local prefix = ARGV[4]
local function within(at) return r.window > 0 and r.at - tonumber(at) < r.window end
local function get(key, name) return redis.call('HGET', key, name) end
local function whole(n) return string.format('%.0f', n) end
local prior = get(KEYS[1], 'at')
if prior then
  local same = get(KEYS[1], 'account') == r.account and get(KEYS[1], 'content') == r.content
  if get(KEYS[1], 'back') or not same then return 'replayed' end
  if get(KEYS[1], 'open') == '1' and not get(KEYS[1], 'settled') then
    if r.at - tonumber(prior) < tonumber(ARGV[3]) then return 'pending' end
    return 'open'
  end
  if within(prior) then return 'repeat' end
  return 'replayed'
end
local got = redis.call('LRANGE', KEYS[3], 0, -1)
for i = #got, 1, -1 do
  local key = prefix .. got[i]
  local at = get(key, 'at')
  if at and not get(key, 'back') and (get(key, 'open') == '0' or get(key, 'settled')) then
    if within(at) then return 'repeat' end
    break
  end
end
local result = 'unpaid'
local pay = r.pay
local id = pay and cjson.encode({r.account, pay.currency}) or ''
if r.free and tonumber(redis.call('GET', KEYS[2]) or '0') < r.free.requests then
  result = 'free'
elseif pay then
  local balance = tonumber(get(KEYS[4], id) or '0')
  local credit = tonumber(get(KEYS[5], id) or pay.credit)
  result = (pay.debits and balance - pay.amount < -credit) and 'poor' or 'charged'
end
if ARGV[1] == 'peek' or (result ~= 'free' and result ~= 'charged') then return result end
local amount, effect, open = 0, 0, '0'
if result == 'charged' then
  amount = pay.amount
  if pay.debits then effect = -amount end
  if pay.isOpen then open = '1' end
end
local fields = {
  'key', r.key, 'kind', result == 'free' and 'free' or 'charge', 'account', r.account, 'at', whole(r.at),
  'currency', pay and pay.currency or '', 'amount', whole(amount), 'effect', whole(effect),
  'charge', '', 'url', r.url, 'rule', r.rule, 'via', r.via, 'reference', ''
}
redis.call('HSET', KEYS[1], 'open', open, 'content', r.content, unpack(fields))
redis.call('XADD', KEYS[6], '*', unpack(fields))
if effect ~= 0 then redis.call('HINCRBY', KEYS[4], id, whole(effect)) end
redis.call('RPUSH', KEYS[3], r.key)
redis.call('LTRIM', KEYS[3], -16, -1)
redis.call('EXPIRE', KEYS[3], math.max(redis.call('TTL', KEYS[3]), r.window + 60, 86460))
if result == 'free' then
  if redis.call('INCR', KEYS[2]) == 1 then redis.call('EXPIRE', KEYS[2], r.free.period + 60) end
end
return result`;

/**
 * KEYS: the charge, balances, the stream. ARGV: key of the entry, kind, account, time, reference,
 * the field that marks the charge.
 */
export const FOLLOW = `
local c = {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do c[all[i]] = all[i + 1] end
if c.account ~= ARGV[3] or c[ARGV[6]] then return 0 end
local effect = 0
if ARGV[6] == 'back' then effect = math.abs(tonumber(c.effect)) end
redis.call('HSET', KEYS[1], ARGV[6], '1')
redis.call('XADD', KEYS[3], '*', 'key', ARGV[1], 'kind', ARGV[2], 'account', c.account, 'at', ARGV[4],
  'currency', c.currency, 'amount', c.amount, 'effect', string.format('%.0f', effect), 'charge', c.key,
  'url', c.url, 'rule', c.rule, 'via', c.via, 'reference', ARGV[5])
if effect ~= 0 then
  redis.call('HINCRBY', KEYS[2], cjson.encode({c.account, c.currency}), string.format('%.0f', effect))
end
return 1`;

/** KEYS: the entry, balances, the stream. ARGV: account, currency, amount, key, time, reference, bound. */
export const DEPOSIT = `
local id = cjson.encode({ARGV[1], ARGV[2]})
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local sum = tonumber(redis.call('HGET', KEYS[2], id) or '0') + tonumber(ARGV[3])
if math.abs(sum) > tonumber(ARGV[7]) then return redis.error_reply('ERR the balance would be too large') end
redis.call('HSET', KEYS[1], 'account', ARGV[1])
redis.call('HINCRBY', KEYS[2], id, ARGV[3])
redis.call('XADD', KEYS[3], '*', 'key', ARGV[4], 'kind', 'top-up', 'account', ARGV[1], 'at', ARGV[5],
  'currency', ARGV[2], 'amount', ARGV[3], 'effect', ARGV[3], 'charge', '', 'url', '', 'rule', '',
  'via', 'operator', 'reference', ARGV[6])
return 1`;

/** KEYS: limits. ARGV: account, currency, millionths or nothing. */
export const LIMIT = `
local id = cjson.encode({ARGV[1], ARGV[2]})
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], id) else redis.call('HSET', KEYS[1], id, ARGV[3]) end`;
