"""What the Redis log does in Redis itself, each at once: what is between two commands, no other producer comes between.

A run has a hash of its members, a stream of its messages, a hash of its checkpoint, and lists of the chunks since and
of what is kept of trimmed messages. The message of number N has the id N+1-0 in the stream, so that Redis itself
refuses to write one twice or out of order; the end is an entry after the last message, which wakes whoever waits.
"""

__all__ = ["APPEND", "BEGIN", "CANCEL", "CLOSE", "FORGET", "NOW", "READ", "RENEW", "RESTORE", "TAKE_OVER", "TRIM"]

_NOW = """
local function now(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return tonumber(time[1]) + tonumber(time[2]) / 1000000
end
local function score(seconds) return string.format('%.6f', seconds) end
"""

_WRITE = """
local function taken(messages, number, limit, first, count)
  for at = 0, math.min(count, limit - number) - 1 do
    local id = (number + at + 1) .. '-0'
    local there = redis.call('XRANGE', messages, id, id)
    if #there > 0 and there[1][2][2] ~= ARGV[first + at] then return number + at end
  end
  return nil
end
local function write(run, messages, number, limit, first, count)
  for at = math.max(0, limit - number), count - 1 do
    redis.call('XADD', messages, (number + at + 1) .. '-0', 'm', ARGV[first + at])
  end
  local last = math.max(limit, number + count)
  if count > 0 then redis.call('HSET', run, 'number', last) end
  return last
end
"""

NOW = _NOW + "return score(now(ARGV[1]))"
"""The time. ARGV: the time, or nothing for that of Redis."""

BEGIN = (
    _NOW
    + _WRITE
    + """
local run, messages, checkpoint, leases = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
if redis.call('EXISTS', run) == 1 then return 0 end
redis.call('HSET', run, 'status', 'open', 'epoch', 1, 'number', 0, 'trimmed', 0, 'sign', ARGV[4])
redis.call('HSET', checkpoint, 'number', #ARGV - 5, 'place', 0, 'state', ARGV[5])
redis.call('ZADD', leases, score(now(ARGV[1]) + ARGV[2]), ARGV[3])
write(run, messages, 0, 0, 6, #ARGV - 5)
return 1
"""
)
"""ARGV: the time, the lease's seconds, the run's id, its sign, the state, the messages. 0 if the run is there."""

APPEND = (
    _WRITE
    + """
local run, messages, chunks, checkpoint = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local found = redis.call('HMGET', run, 'status', 'epoch', 'number')
if found[1] ~= 'open' or found[2] ~= ARGV[1] then return {'lost', found[1], found[2]} end
local number, place, count, saved = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5] == '1'
local limit, first = tonumber(found[3]), 9
local other = taken(messages, number, limit, first, count)
if other then return {'taken', other} end
write(run, messages, number, limit, first, count)
if saved then
  redis.call('HSET', checkpoint, 'number', ARGV[6], 'place', ARGV[7], 'state', ARGV[8])
  redis.call('DEL', chunks)
else
  local there = tonumber(redis.call('HGET', checkpoint, 'place')) + redis.call('LLEN', chunks)
  for at = first + count, #ARGV do
    if place + at - first - count >= there then redis.call('RPUSH', chunks, ARGV[at]) end
  end
end
return {'done'}
"""
)
"""ARGV: epoch, number, place, how many messages, whether there is a checkpoint, its members, messages, chunks."""

CLOSE = (
    _NOW
    + _WRITE
    + """
local run, messages, chunks, checkpoint = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local leases, closed, cancelled = KEYS[5], KEYS[6], KEYS[7]
local epoch, status, number, count, first = ARGV[1], ARGV[2], tonumber(ARGV[5]), #ARGV - 6, 7
local found = redis.call('HMGET', run, 'status', 'epoch', 'number')
local again = found[1] == status and found[2] == epoch
if not again and (found[1] ~= 'open' or found[2] ~= epoch) then return {'lost', found[1], found[2]} end
local limit = tonumber(found[3])
local other = taken(messages, number, limit, first, count)
if other then return {'taken', other} end
if again then return {'done'} end
local last = write(run, messages, number, limit, first, count)
redis.call('HSET', run, 'status', status, 'result', ARGV[6])
redis.call('XADD', messages, last .. '-1', 'e', '')
redis.call('DEL', chunks, checkpoint)
redis.call('ZREM', leases, ARGV[4])
redis.call('ZADD', closed, score(now(ARGV[3])), ARGV[4])
redis.call('SREM', cancelled, ARGV[4])
return {'done'}
"""
)
"""ARGV: epoch, status, the time, the run's id, number, the result, messages."""

RENEW = (
    _NOW
    + """
local lost = {}
for at = 2, #KEYS do
  local found = redis.call('HMGET', KEYS[at], 'status', 'epoch')
  local run, epoch = ARGV[2 * at - 1], ARGV[2 * at]
  if found[1] == 'open' and found[2] == epoch then
    redis.call('ZADD', KEYS[1], score(now(ARGV[1]) + ARGV[2]), run)
  else
    lost[#lost + 1] = at - 2
  end
end
return lost
"""
)
"""KEYS: leases, runs. ARGV: the time, seconds, and of each run its id and the epoch. The places of the lost ones."""

TAKE_OVER = (
    _NOW
    + """
local run, leases, time = KEYS[1], KEYS[2], now(ARGV[1])
local until_ = redis.call('ZSCORE', leases, ARGV[3])
if not until_ or tonumber(until_) > tonumber(score(time)) then return false end
redis.call('ZADD', leases, score(time + ARGV[2]), ARGV[3])
return redis.call('HINCRBY', run, 'epoch', 1)
"""
)
"""ARGV: the time, seconds, the run's id. The new epoch."""

RESTORE = """
local run, chunks, checkpoint = KEYS[1], KEYS[2], KEYS[3]
local found = redis.call('HMGET', run, 'status', 'epoch', 'number')
if found[1] ~= 'open' or found[2] ~= ARGV[1] then return {'lost', found[1], found[2]} end
local saved = redis.call('HMGET', checkpoint, 'number', 'place', 'state')
return {'done', found[3], saved, redis.call('LRANGE', chunks, 0, -1)}
"""
"""ARGV: epoch."""

CANCEL = """
local status = redis.call('HGET', KEYS[1], 'status')
if status == 'open' then redis.call('SADD', KEYS[2], ARGV[1]) end
return status
"""
"""KEYS: run, cancelled. ARGV: the run's id. Its status."""

READ = """
local run, messages, trimmed = KEYS[1], KEYS[2], KEYS[3]
local found = redis.call('HMGET', run, 'status', 'number', 'trimmed', 'result', 'sign')
if not found[1] then return false end
local number, kept = tonumber(ARGV[1]), {}
if number < tonumber(found[3]) then
  number = tonumber(found[3])
  kept = redis.call('LRANGE', trimmed, 0, -1)
end
local entries = redis.call('XRANGE', messages, (number + 1) .. '-0', '+', 'COUNT', ARGV[2])
return {found[1], found[2], found[3], kept, entries, found[4] or '', found[5]}
"""
"""ARGV: the first number, how many at most."""

TRIM = """
local run, messages, trimmed = KEYS[1], KEYS[2], KEYS[3]
if redis.call('HGET', run, 'trimmed') ~= ARGV[1] then return 0 end
redis.call('XTRIM', messages, 'MINID', (ARGV[2] + 1) .. '-0')
redis.call('HSET', run, 'trimmed', ARGV[2])
redis.call('DEL', trimmed)
for at = 3, #ARGV do redis.call('RPUSH', trimmed, ARGV[at]) end
return 1
"""
"""ARGV: the first number so far, the new one, what is kept. 0 if another trimmed it meanwhile."""

FORGET = """
local run, messages, trimmed, closed = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local at = redis.call('ZSCORE', closed, ARGV[2])
if not at or tonumber(at) > tonumber(ARGV[1]) then return 0 end
redis.call('DEL', run, messages, trimmed)
redis.call('ZREM', closed, ARGV[2])
return 1
"""
"""ARGV: a time, the run's id. 0 if it was not closed by then: another forgot it, and its id may be a new run's."""
