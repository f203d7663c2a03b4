/* The program that ships: every role and task of annal, over the shop. */
#include "cli/annal.h"
#include "shop/shop.h"

int main(int argc, char **argv)
{
    return annal_main(argc, argv, &shop);
}
