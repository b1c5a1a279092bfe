// librdkafka in a few functions that Swift can call: callbacks, and calls with any number of arguments.
#ifndef CKAFKA_SHIM_H
#define CKAFKA_SHIM_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/// Partitions are taken and given away while the consumer polls, which is when it has nothing in hand: the library by itself would not wait.
static void millrace_kafka_rebalance(
  rd_kafka_t *kafka, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t *partitions, void *opaque) {
  ++*(int32_t *)opaque;
  rd_kafka_assign(kafka, error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? partitions : NULL);
}

/// Where a message that was produced has come to is written into what it was produced with.
static void millrace_kafka_delivered(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque) {
  (void)kafka;
  (void)opaque;
  if (message->_private) *(rd_kafka_resp_err_t *)message->_private = message->err;
}

/// - Parameter rebalances: of a consumer: counts how often partitions were dealt out.
static inline void millrace_kafka_set_callbacks(rd_kafka_conf_t *_Nonnull configuration, int32_t *_Nullable rebalances) {
  if (rebalances) {
    rd_kafka_conf_set_opaque(configuration, rebalances);
    rd_kafka_conf_set_rebalance_cb(configuration, millrace_kafka_rebalance);
  } else {
    rd_kafka_conf_set_dr_msg_cb(configuration, millrace_kafka_delivered);
  }
  // Failures are told to the caller; nothing is written to the process's standard error.
  rd_kafka_conf_set_log_cb(configuration, NULL);
}

/// Hands a message to the producer, which copies it. `result` is written when it is delivered, or has failed.
static inline rd_kafka_resp_err_t millrace_kafka_produce(
  rd_kafka_t *_Nonnull kafka, const char *_Nonnull topic, const char *_Nonnull id, const char *_Nonnull key,
  const void *_Nullable bytes, size_t count, rd_kafka_resp_err_t *_Nonnull result) {
  return rd_kafka_producev(
    kafka, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY((void *)key, strlen(key)), RD_KAFKA_V_VALUE((void *)bytes, count),
    RD_KAFKA_V_HEADER("millrace-id", id, -1), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(result),
    RD_KAFKA_V_END);
}

/// The last value of a header; its size; NULL: there is none.
static inline const char *_Nullable millrace_kafka_header(
  const rd_kafka_message_t *_Nonnull message, const char *_Nonnull name, size_t *_Nonnull size) {
  rd_kafka_headers_t *headers = NULL;
  const void *value = NULL;
  if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return NULL;
  return rd_kafka_header_get_last(headers, name, &value, size) == RD_KAFKA_RESP_ERR_NO_ERROR ? (const char *)value : NULL;
}

static inline const char *_Nonnull millrace_kafka_topic(const rd_kafka_message_t *_Nonnull message) {
  return rd_kafka_topic_name(message->rkt);
}

/// Asks the brokers for a topic: whether they answer, and have it.
static inline rd_kafka_resp_err_t millrace_kafka_check_topic(rd_kafka_t *_Nonnull kafka, const char *_Nonnull name, int milliseconds) {
  rd_kafka_topic_t *topic = rd_kafka_topic_new(kafka, name, NULL);
  if (!topic) return rd_kafka_last_error();
  const struct rd_kafka_metadata *data = NULL;
  rd_kafka_resp_err_t error = rd_kafka_metadata(kafka, 0, topic, &data, milliseconds);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    error = data->topic_cnt == 1 ? data->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    rd_kafka_metadata_destroy(data);
  }
  rd_kafka_topic_destroy(topic);
  return error;
}

/// Messages after what the group has committed, of the partitions that the consumer has; -1 when the brokers do not say.
static inline int64_t millrace_kafka_lag(rd_kafka_t *_Nonnull kafka, int milliseconds) {
  rd_kafka_topic_partition_list_t *partitions = NULL;
  if (rd_kafka_assignment(kafka, &partitions) != RD_KAFKA_RESP_ERR_NO_ERROR) return -1;
  int64_t lag = rd_kafka_committed(kafka, partitions, milliseconds) == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : -1;
  for (int index = 0; index < partitions->cnt && lag >= 0; index++) {
    rd_kafka_topic_partition_t *each = &partitions->elems[index];
    int64_t low = 0, high = 0;
    if (rd_kafka_query_watermark_offsets(kafka, each->topic, each->partition, &low, &high, milliseconds) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      lag = -1;
    } else {
      lag += high - (each->offset >= low ? each->offset : low);
    }
  }
  rd_kafka_topic_partition_list_destroy(partitions);
  return lag;
}

#endif
