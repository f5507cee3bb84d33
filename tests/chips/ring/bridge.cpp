// The verilated bus of the made-up chip behind a C interface: a clock edge per call. A port holds up to 64 neurons.

#include <cstdint>
#include <memory>

#include "Vfabric.h"
#include "verilated.h"

namespace {

struct Bus {
    VerilatedContext context;
    std::unique_ptr<Vfabric> top = std::make_unique<Vfabric>(&context);

    void tick() {
        top->clock = 0;
        top->eval();
        top->clock = 1;
        top->eval();
    }
};

Bus* of(int64_t handle) { return reinterpret_cast<Bus*>(handle); }

}  // namespace

extern "C" {

int64_t bridge_reset(int64_t handle) {
    Bus* b = of(handle);
    b->top->reset = 1;
    b->top->in_valid = 0;
    b->top->fire = 0;
    b->tick();
    b->top->reset = 0;
    return 0;
}

int64_t bridge_open(int64_t, int64_t) {
    auto handle = reinterpret_cast<int64_t>(new Bus);
    bridge_reset(handle);
    return handle;
}

int64_t bridge_close(int64_t handle) {
    delete of(handle);
    return 0;
}

// There are no registers to write.
int64_t bridge_write(int64_t, int64_t, int64_t) { return 0; }

// The only thing that can be read is what the design says it is.
int64_t bridge_read(int64_t handle, const int64_t*, int64_t count, int64_t* out) {
    for (int64_t n = 0; n < count; ++n) out[n] = of(handle)->top->identity;
    return count;
}

// Neurons that fire, and an offered address or −1. Return 1 if it was taken, and two times the address on the bus plus 1.
int64_t bridge_edge(int64_t handle, const int32_t* fires, int64_t count, int64_t offered) {
    Vfabric* top = of(handle)->top.get();
    top->fire = 0;
    for (int64_t n = 0; n < count; ++n) top->fire |= 1ull << fires[n];
    top->in_valid = offered >= 0;
    top->in_address = offered >= 0 ? offered : 0;
    top->clock = 0;
    top->eval();
    const bool taken = offered >= 0 && top->in_ready;
    of(handle)->tick();
    return taken | (top->bus_valid ? 2 * (top->bus_address + 1) : 0);
}

int64_t bridge_lost(int64_t handle) { return of(handle)->top->lost; }

}  // extern "C"
