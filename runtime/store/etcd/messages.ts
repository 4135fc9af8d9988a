import { many, message, one } from '../../util/protobuf';

/**
 * The messages of etcd's v3 API that a store needs, field numbers as in etcd's rpc.proto and kv.proto (3.4 to 3.6).
 * Fields that nothing here reads are left out and skipped.
 */
const Header = message({ clusterId: one(1, 'int'), memberId: one(2, 'int'), revision: one(3, 'int') });

export const KeyValue = message({
  key: one(1, 'string'),
  createRevision: one(2, 'int'),
  modRevision: one(3, 'int'),
  value: one(5, 'bytes'),
});

const RangeRequest = message({
  key: one(1, 'string'),
  rangeEnd: one(2, 'string'),
  limit: one(3, 'int'),
  revision: one(4, 'int'),
  countOnly: one(9, 'bool'),
});
const RangeResponse = message({
  header: one(1, Header),
  kvs: many(2, KeyValue),
  more: one(3, 'bool'),
  count: one(4, 'int'),
});
const PutRequest = message({ key: one(1, 'string'), value: one(2, 'bytes') });
const DeleteRangeRequest = message({ key: one(1, 'string'), rangeEnd: one(2, 'string') });

/** result 0 is EQUAL (left out on the wire as a zero), target 2 is MOD. */
const Compare = message({
  target: one(2, 'int'),
  key: one(3, 'string'),
  modRevision: one(6, 'int'),
});
export const RequestOp = message({
  range: one(1, RangeRequest),
  put: one(2, PutRequest),
  deleteRange: one(3, DeleteRangeRequest),
});
const ResponseOp = message({ range: one(1, RangeResponse) });

const Event = message({
  /** 0 (left out) put, 1 delete. */
  type: one(1, 'int'),
  kv: one(2, KeyValue),
  prevKv: one(3, KeyValue),
});

const WatchCreate = message({
  key: one(1, 'string'),
  rangeEnd: one(2, 'string'),
  startRevision: one(3, 'int'),
  prevKv: one(6, 'bool'),
  fragment: one(8, 'bool'),
});

export const compareMod = 2;

const method = <Q, R>(path: string, request: Q, response: R) => ({ path, request, response });

export const methods = {
  range: method('/etcdserverpb.KV/Range', RangeRequest, RangeResponse),
  txn: method(
    '/etcdserverpb.KV/Txn',
    message({ compare: many(1, Compare), success: many(2, RequestOp), failure: many(3, RequestOp) }),
    message({ header: one(1, Header), succeeded: one(2, 'bool'), responses: many(3, ResponseOp) }),
  ),
  compact: method(
    '/etcdserverpb.KV/Compact',
    message({ revision: one(1, 'int'), physical: one(2, 'bool') }),
    message({ header: one(1, Header) }),
  ),
  status: method(
    '/etcdserverpb.Maintenance/Status',
    message({}),
    message({ header: one(1, Header), version: one(2, 'string'), leader: one(4, 'int') }),
  ),
};

export const watch = method(
  '/etcdserverpb.Watch/Watch',
  message({ create: one(1, WatchCreate), progress: one(3, message({})) }),
  message({
    header: one(1, Header),
    watchId: one(2, 'int'),
    created: one(3, 'bool'),
    canceled: one(4, 'bool'),
    compactRevision: one(5, 'int'),
    cancelReason: one(6, 'string'),
    fragment: one(7, 'bool'),
    events: many(11, Event),
  }),
);
