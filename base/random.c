/* The page is emptied in a forked child (MADV_WIPEONFORK). It is used from its end: `left` becomes 0 with
 * the bytes, so the child fetches its own. */
#include "base/random.h"

#include "base/error.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#define PAGE_BYTES 4096

struct page {
    size_t left; /* of the bytes, those that have not been given out */
    unsigned char bytes[PAGE_BYTES - sizeof(size_t)];
};
_Static_assert(sizeof(struct page) == PAGE_BYTES, "the whole page is wiped");

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t page_key; /* its destructor runs when a thread ends */
static _Thread_local struct page *page;

static void unmap(void *ended)
{
    explicit_bzero(ended, PAGE_BYTES);
    munmap(ended, PAGE_BYTES);
    page = NULL;
}

static void make_key(void)
{
    REQUIRE(pthread_key_create(&page_key, unmap) == 0);
}

static void map(void)
{
    pthread_once(&once, make_key);
    page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(page != MAP_FAILED && madvise(page, PAGE_BYTES, MADV_WIPEONFORK) == 0);
    REQUIRE(pthread_setspecific(page_key, page) == 0);
}

/* A signal may end a read of more than 256 bytes early. */
static void fetch(void)
{
    size_t count = 0;
    while (count < sizeof page->bytes) {
        ssize_t more = getrandom(page->bytes + count, sizeof page->bytes - count, 0);
        REQUIRE(more > 0 || errno == EINTR);
        count += more > 0 ? (size_t)more : 0;
    }
    page->left = count;
}

void random_fill(void *out, size_t bytes)
{
    REQUIRE(bytes <= RANDOM_MOST_BYTES);
    if (!page)
        map();
    if (page->left < bytes)
        fetch();
    page->left -= bytes;
    memcpy(out, page->bytes + page->left, bytes);
    explicit_bzero(page->bytes + page->left, bytes);
}
