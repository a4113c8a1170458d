/* The crowd that every server of a comparison speaks to: one process that holds all clients.
 *
 *   crowd PORT CLIENTS FROZEN [FIRST SECOND WORDS PONG_S]
 *
 * Connects, one after the other. With FIRST each client writes that, waits for the empty line after
 * a 101, and writes SECOND as a text message, unless it is empty; in FIRST, %s is the next line of
 * the file WORDS. The last FROZEN clients read nothing after that, with a small buffer, as a phone
 * in a pocket. The others say PONG every PONG_S seconds, when that is not 0. Prints "here" when all
 * are; then takes commands from standard input, a line each, until that ends:
 *
 *   reset   forget what was heard; prints "ok"
 *   count   prints how many messages came since, and how many clients are open
 *   tell    prints what came since: messages, the fewest of a client that reads, bytes, clients
 *           still open, and the 50th and 99th percentile and the greatest of how old they were, in
 *           microseconds
 *
 * A message is a stamp, "@@" and 15 digits, the microseconds of CLOCK_MONOTONIC at which it was
 * sent off. What is older than the last reset is not counted.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define STAMP 17
#define MOST_AGES (1 << 22)
#define SMALL_RECEIVE_BYTES 4096

struct client {
    int fd, rest, messages;
    char carried[STAMP];
};

static struct client *clients;
static int count, frozen, here;
static uint32_t *ages;
static long messages, bytes, known;
static int64_t since_us;

static void fail(const char *what) { perror(what); exit(1); }

static int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void say(int fd, unsigned char opcode, const char *text) {
    /* A client masks what it sends; a mask of zeros leaves the payload as it is. */
    static unsigned char frame[4096];
    size_t length = strlen(text), head = length < 126 ? 2 : 4;
    if (length > sizeof frame - 8) { fprintf(stderr, "expected a shorter SECOND\n"); exit(2); }
    frame[0] = opcode;
    frame[1] = 0x80 | (length < 126 ? length : 126);
    if (head == 4) { frame[2] = length >> 8; frame[3] = length; }
    memset(frame + head, 0, 4);
    memcpy(frame + head + 4, text, length);
    if (write(fd, frame, head + 4 + length) < 0 && opcode == 0x81) fail("write");
}

static void greet(int fd, const char *first, const char *second, const char *word) {
    static char text[8192];
    int length = snprintf(text, sizeof text, first, word);
    size_t got = 0;
    if (write(fd, text, length) != length) fail("write");
    do
        if (got == sizeof text || read(fd, text + got++, 1) != 1) fail("read an answer");
    while (got < 4 || memcmp(text + got - 4, "\r\n\r\n", 4) != 0);
    if (memcmp(text, "HTTP/1.1 101", 12) != 0) {
        fprintf(stderr, "expected 101; came %.*s\n", (int)got, text);
        exit(1);
    }
    if (*second) say(fd, 0x81, second);
}

static void take(struct client *client, char *data, int length, int64_t now) {
    char *at = data, *end = data + length, *stamp;
    while ((stamp = memmem(at, end - at, "@@", 2)) != NULL && end - stamp >= STAMP) {
        char digits[STAMP - 1] = {0};
        memcpy(digits, stamp + 2, STAMP - 2);
        int64_t sent_us = atoll(digits);
        at = stamp + STAMP;
        if (sent_us < since_us) continue;
        messages++;
        client->messages++;
        if (known < MOST_AGES) ages[known++] = now - sent_us;
    }
    client->rest = end - at < STAMP - 1 ? end - at : STAMP - 1;
    memcpy(client->carried, end - client->rest, client->rest);
}

static void hear(int poll, struct client *client) {
    static char buffer[STAMP + (1 << 16)];
    memcpy(buffer, client->carried, client->rest);
    int got = read(client->fd, buffer + client->rest, 1 << 16);
    if (got > 0) {
        bytes += got;
        take(client, buffer, client->rest + got, now_us());
        return;
    }
    epoll_ctl(poll, EPOLL_CTL_DEL, client->fd, NULL);
    close(client->fd);
    client->fd = -1;
    here--;
}

static int by_age(const void *one, const void *other) {
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return (a > b) - (a < b);
}

static void tell(void) {
    int least = count > frozen ? clients[0].messages : 0;
    for (int i = 1; i < count - frozen; i++)
        if (clients[i].messages < least) least = clients[i].messages;
    qsort(ages, known, sizeof *ages, by_age);
    uint32_t p50 = known ? ages[known / 2] : 0, p99 = known ? ages[known * 99 / 100] : 0;
    printf("%ld %d %ld %d %u %u %u\n", messages, least, bytes, here, p50, p99,
           known ? ages[known - 1] : 0);
}

/* Whether there is more to come from whoever commands. */
static int obey(void) {
    static char line[256];
    int got = read(0, line, sizeof line - 1);
    if (got <= 0) return 0;
    line[got] = 0;
    if (strcmp(line, "reset\n") == 0) {
        messages = bytes = known = 0;
        for (int i = 0; i < count; i++) clients[i].messages = 0;
        since_us = now_us();
        printf("ok\n");
    } else if (strcmp(line, "count\n") == 0)
        printf("%ld %d\n", messages, here);
    else
        tell();
    fflush(stdout);
    return 1;
}

static void listen_to_all(int poll, int pong_s) {
    struct epoll_event events[256];
    int64_t pong_us = now_us() + pong_s * 1000000LL;
    for (;;) {
        int ready = epoll_wait(poll, events, 256, pong_s ? 1000 : -1);
        int64_t now = now_us();
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr)
                hear(poll, events[i].data.ptr);
            else if (!obey())
                return;
        }
        if (!pong_s || now < pong_us) continue;
        pong_us = now + pong_s * 1000000LL;
        for (int i = 0; i < count - frozen; i++)
            if (clients[i].fd >= 0) say(clients[i].fd, 0x8a, "");
    }
}

static char **words_of(const char *path, int *many) {
    static char line[1024];
    char **words = calloc(1 << 16, sizeof *words);
    FILE *file = fopen(path, "r");
    if (!file) fail(path);
    for (*many = 0; *many < 1 << 16 && fgets(line, sizeof line, file); (*many)++) {
        line[strcspn(line, "\n")] = 0;
        words[*many] = strdup(line);
    }
    fclose(file);
    return words;
}

int main(int argc, char **argv) {
    if (argc != 4 && argc != 8) return fprintf(stderr, "usage: see the source\n"), 2;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    signal(SIGPIPE, SIG_IGN);
    count = atoi(argv[2]);
    frozen = atoi(argv[3]);
    clients = calloc(count, sizeof *clients);
    ages = malloc(MOST_AGES * sizeof *ages);
    int many = 0, small = SMALL_RECEIVE_BYTES, poll = epoll_create1(0);
    char **words = argc == 8 && *argv[6] ? words_of(argv[6], &many) : NULL;
    for (int i = 0; i < count; i++) {
        int fd = clients[i].fd = socket(AF_INET, SOCK_STREAM, 0);
        int reads = i < count - frozen;
        if (!reads) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
        if (argc == 8) greet(fd, argv[4], argv[5], many ? words[i % many] : "");
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
        if (reads && epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
    }
    here = count;
    struct epoll_event commands = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, 0, &commands) < 0) fail("epoll_ctl");
    printf("here\n");
    fflush(stdout);
    listen_to_all(poll, argc == 8 ? atoi(argv[7]) : 0);
    return 0;
}
