/**
 * Finds the jobs of a queue that a command may end, and later which of them are gone. It only reads. It goes from parents to children as BullMQ's
 * `removeJob` script does.
 *
 * KEYS[1]: what the queue's keys begin with, up to their last colon. ARGV[1]: the most jobs to find. ARGV[2]: how to look, and ARGV[3…]: at what.
 * `jobs`: ids of jobs; finds all that is beneath them too. `heads` and `tails`: names of lists (from which of their ends) and sets; finds the parents
 * that go with the last of their children too. `key`: the id of a deduplication. `tick`: the id of a scheduler. `gone`: whole keys of jobs.
 */
export const LOOK = `
local base, most, how = KEYS[1], tonumber(ARGV[1]), ARGV[2]
if how == 'gone' then
  local gone = {}
  for i = 3, #ARGV do
    if redis.call('EXISTS', ARGV[i]) == 0 then gone[#gone + 1] = ARGV[i] end
  end
  return gone
end
local found, seen, todo = {}, {}, {}
local function note(prefix, id, parent)
  local key = prefix .. id
  if not seen[key] then
    seen[key] = true
    todo[#todo + 1] = { prefix, id, parent or '' }
  end
end
local function noteKey(key, parent)
  local prefix, id = string.match(key, '^(.*:)([^:]*)$')
  if prefix then note(prefix, id, parent) end
end
if how == 'jobs' then
  for i = 3, #ARGV do note(base, ARGV[i]) end
elseif how == 'key' then
  local id = redis.call('GET', base .. 'de:' .. ARGV[3])
  if id then note(base, id) end
elseif how == 'tick' then
  local due = redis.call('ZSCORE', base .. 'repeat', ARGV[3])
  if due then note(base, 'repeat:' .. ARGV[3] .. ':' .. due) end
else
  for i = 3, #ARGV do
    local key = base .. ARGV[i]
    local kind = redis.call('TYPE', key)['ok']
    local ids = {}
    if kind == 'list' and how == 'tails' then ids = redis.call('LRANGE', key, -most, -1) end
    if kind == 'list' and how == 'heads' then ids = redis.call('LRANGE', key, 0, most - 1) end
    if kind == 'zset' then ids = redis.call('ZRANGE', key, 0, most - 1) end
    for _, id in ipairs(ids) do note(base, id) end
  end
end
local at = 0
while at < #todo and #found < most do
  at = at + 1
  local prefix, id, parent = todo[at][1], todo[at][2], todo[at][3]
  local key = prefix .. id
  local job = redis.call('HMGET', key, 'name', 'opts', 'timestamp', 'atm', 'finishedOn', 'parentKey')
  if job[1] then
    found[#found + 1] = { prefix, id, job[1], job[2] or '', job[3] or '', job[4] or '', job[5] or '', parent }
    if how == 'jobs' then
      for _, child in ipairs(redis.call('SMEMBERS', key .. ':dependencies')) do noteKey(child) end
      for _, child in ipairs(redis.call('HKEYS', key .. ':processed')) do noteKey(child) end
      for _, child in ipairs(redis.call('HKEYS', key .. ':failed')) do noteKey(child) end
      for _, child in ipairs(redis.call('ZRANGE', key .. ':unsuccessful', 0, -1)) do noteKey(child) end
    elseif (how == 'heads' or how == 'tails') and job[6] and string.sub(job[6], 1, #base) == base then
      noteKey(job[6], '1')
    end
  end
end
return found
`;
