// JetStream's client in a few functions that Swift can call: options are structs with many fields, of which these are the ones that count.
#ifndef CNATS_SHIM_H
#define CNATS_SHIM_H

#include <nats/nats.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/// Connects to one of several servers, with commas between.
///
/// With user and password; with a user alone, which then is a token; or with what the URL has.
static inline natsStatus millrace_nats_connect(
  natsConnection *_Nullable *_Nonnull connection, const char *_Nonnull url, const char *_Nullable user,
  const char *_Nullable password) {
  if (!user) return natsConnection_ConnectTo(connection, url);
  enum { servers_maximum = 64 };
  const char *servers[servers_maximum];
  int count = 0;
  char *const copy = strdup(url);
  if (!copy) return NATS_NO_MEMORY;
  char *place = NULL;
  for (char *each = strtok_r(copy, ", ", &place); each && count < servers_maximum; each = strtok_r(NULL, ", ", &place)) {
    servers[count++] = each;
  }
  natsOptions *options = NULL;
  natsStatus status = natsOptions_Create(&options);
  if (status == NATS_OK) status = natsOptions_SetServers(options, servers, count);
  if (status == NATS_OK) {
    status = password ? natsOptions_SetUserInfo(options, user, password) : natsOptions_SetToken(options, user);
  }
  if (status == NATS_OK) status = natsConnection_Connect(connection, options);
  natsOptions_Destroy(options);
  free(copy);
  return status;
}

/// Connects, and takes part in a durable pull consumer, which is made if it is not there.
///
/// The consumer is bound to, not made by the subscription: so that the end of the subscription does not delete it. What was made before a failure is the caller's to destroy.
static inline natsStatus millrace_nats_subscribe(
  natsConnection *_Nullable *_Nonnull connection, jsCtx *_Nullable *_Nonnull context,
  natsSubscription *_Nullable *_Nonnull subscription, const char *_Nonnull url, const char *_Nullable user,
  const char *_Nullable password, const char *_Nonnull stream, const char *_Nonnull subject,
  const char *_Nonnull durable, int64_t ack_wait_nanoseconds) {
  natsStatus status = millrace_nats_connect(connection, url, user, password);
  if (status == NATS_OK) status = natsConnection_JetStream(context, *connection, NULL);
  if (status != NATS_OK) return status;
  jsConsumerConfig config;
  jsConsumerConfig_Init(&config);
  config.Durable = durable;
  config.FilterSubject = subject;
  config.AckPolicy = js_AckExplicit;
  config.DeliverPolicy = js_DeliverAll;
  config.AckWait = ack_wait_nanoseconds;
  status = js_AddConsumer(NULL, *context, stream, &config, NULL, NULL);
  if (status != NATS_OK) return status;
  jsSubOptions options;
  jsSubOptions_Init(&options);
  options.Stream = stream;
  options.Consumer = durable;
  return js_PullSubscribe(subscription, *context, subject, durable, NULL, &options, NULL);
}

/// What is there at once, or without anything the first that comes within a time. `list` is empty when nothing came.
static inline natsStatus millrace_nats_fetch(
  natsMsgList *_Nonnull list, natsSubscription *_Nonnull subscription, int limit, int64_t timeout_milliseconds) {
  jsFetchRequest request;
  jsFetchRequest_Init(&request);
  request.Batch = limit;
  // The server waits all the same when it has nothing, but not until it has all.
  request.NoWait = true;
  request.Expires = timeout_milliseconds * 1000000;
  natsStatus status = natsSubscription_FetchRequest(list, subscription, &request);
  return status == NATS_TIMEOUT || status == NATS_NOT_FOUND ? NATS_OK : status;
}

static inline natsMsg *_Nullable millrace_nats_message(const natsMsgList *_Nonnull list, int index) { return list->Msgs[index]; }

/// The number of a message in its stream; 0: it is of none.
static inline uint64_t millrace_nats_sequence(natsMsg *_Nonnull message) {
  jsMsgMetaData *data = NULL;
  if (natsMsg_GetMetaData(&data, message) != NATS_OK) return 0;
  uint64_t sequence = data->Sequence.Stream;
  jsMsgMetaData_Destroy(data);
  return sequence;
}

/// Messages that were not acknowledged; -1 when nobody says.
static inline int64_t millrace_nats_lag(jsCtx *_Nonnull context, const char *_Nonnull stream, const char *_Nonnull durable) {
  jsConsumerInfo *info = NULL;
  if (js_GetConsumerInfo(&info, context, stream, durable, NULL, NULL) != NATS_OK) return -1;
  int64_t lag = (int64_t)info->NumPending + info->NumAckPending;
  jsConsumerInfo_Destroy(info);
  return lag;
}

/// Publishes, and waits until the server has it. The server knows an id for some minutes.
static inline natsStatus millrace_nats_publish(
  jsCtx *_Nonnull context, const char *_Nonnull subject, const char *_Nonnull id, const char *_Nonnull key,
  const char *_Nonnull bytes, int count) {
  natsMsg *message = NULL;
  natsStatus status = natsMsg_Create(&message, subject, NULL, bytes, count);
  if (status == NATS_OK) status = natsMsgHeader_Set(message, "Millrace-Key", key);
  if (status == NATS_OK) {
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MsgId = id;
    status = js_PublishMsg(NULL, context, message, &options, NULL);
  }
  natsMsg_Destroy(message);
  return status;
}

/// Makes a stream in the server's files, if it is not there.
static inline natsStatus millrace_nats_make_stream(
  const char *_Nonnull url, const char *_Nullable user, const char *_Nullable password, const char *_Nonnull stream,
  const char *_Nonnull subject) {
  natsConnection *connection = NULL;
  jsCtx *context = NULL;
  natsStatus status = millrace_nats_connect(&connection, url, user, password);
  if (status == NATS_OK) status = natsConnection_JetStream(&context, connection, NULL);
  if (status == NATS_OK) {
    jsStreamConfig config;
    jsStreamConfig_Init(&config);
    config.Name = stream;
    config.Subjects = &subject;
    config.SubjectsLen = 1;
    status = js_AddStream(NULL, context, &config, NULL, NULL);
  }
  jsCtx_Destroy(context);
  natsConnection_Destroy(connection);
  return status;
}

#endif
