/* The floor of fan-out, and the reader that both sides of the comparison are measured with.
 *
 *   send_loop send CLIENTS ROUNDS BYTES   prints its port, waits for the clients, sends ROUNDS
 *                                         messages to each with one send() and nothing else, and
 *                                         prints the CPU microseconds of one delivery
 *   send_loop read PORT CLIENTS [FIRST SECOND]
 *                                         connects, writes FIRST, waits for an empty line, writes
 *                                         SECOND, and throws away what comes until the end; in
 *                                         FIRST, %d is the client's number
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void fail(const char *what) { perror(what); exit(1); }

static double cpu_s(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec +
           (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void send_all(int clients, int rounds, int bytes) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (bind(listener, (struct sockaddr *)&address, length) < 0) fail("bind");
    if (listen(listener, 1024) < 0) fail("listen");
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);

    int *fds = calloc(clients, sizeof *fds);
    for (int i = 0; i < clients; i++) {
        if ((fds[i] = accept(listener, NULL, NULL)) < 0) fail("accept");
        setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    char *message = malloc(bytes);
    memset(message, 'x', bytes);
    double begun_s = cpu_s();
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < clients; i++)
            if (send(fds[i], message, bytes, 0) != bytes) fail("send");
        usleep(60000);
    }
    printf("%.3f\n", (cpu_s() - begun_s) * 1e6 / ((double)clients * rounds));
}

static void greet(int fd, int number, const char *first, const char *second) {
    static char text[4096];
    int length = snprintf(text, sizeof text, first, number);
    if (write(fd, text, length) != length) fail("write");
    for (size_t got = 0; got < 4 || memcmp(text + got - 4, "\r\n\r\n", 4) != 0; got++)
        if (read(fd, text + got, 1) != 1) fail("read");
    /* A client masks what it sends; a mask of zeros leaves the payload as it is. */
    size_t bytes = strlen(second), at = 2;
    unsigned char head[8] = {0x81, 0x80 | (bytes < 126 ? bytes : 126)};
    if (bytes >= 126) head[at++] = bytes >> 8, head[at++] = bytes & 255;
    if (write(fd, head, at + 4) < 0 || write(fd, second, bytes) < 0) fail("write");
}

static void read_all(int port, int clients, const char *first, const char *second) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    int poll = epoll_create1(0);
    for (int i = 0; i < clients; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
        if (first) greet(fd, i, first, second);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
    }
    static char buffer[1 << 16];
    struct epoll_event events[256];
    for (int open = clients; open > 0;) {
        int ready = epoll_wait(poll, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            if (read(events[i].data.fd, buffer, sizeof buffer) > 0) continue;
            close(events[i].data.fd);
            open--;
        }
    }
}

int main(int argc, char **argv) {
    if (argc == 5 && strcmp(argv[1], "send") == 0)
        send_all(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]));
    else if (argc >= 4 && strcmp(argv[1], "read") == 0)
        read_all(atoi(argv[2]), atoi(argv[3]), argc > 5 ? argv[4] : NULL, argc > 5 ? argv[5] : NULL);
    else
        return fprintf(stderr, "usage: send_loop send|read …, see the source\n"), 2;
    return 0;
}
