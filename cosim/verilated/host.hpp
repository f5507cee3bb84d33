// What the verilated designs have in common: wide ports, and a host at their AXI4-Lite registers.

#pragma once

#include <cstdint>
#include <memory>

#include "Vfabric.h"
#include "verilated.h"

// A port of up to 64 bits is an integer, a wider one an array of 32-bit words.
template <class Port>
uint32_t word(const Port& port, int n) {
    if constexpr (requires { port.at(0); }) {
        return port.at(n);
    } else {
        return static_cast<uint32_t>(static_cast<uint64_t>(port) >> (32 * n));
    }
}

template <class Port>
uint32_t bits(const Port& port, int low, int count) {
    uint64_t both = word(port, low / 32);
    if (low / 32 != (low + count - 1) / 32) both |= static_cast<uint64_t>(word(port, low / 32 + 1)) << 32;
    return (both >> (low % 32)) & ((1u << count) - 1);
}

template <class Port>
void put(Port& port, int n, uint32_t value) {
    if constexpr (requires { port.at(0); }) {
        port.at(n) = value;
    } else {
        const uint64_t mask = 0xffffffffull << (32 * n);
        port = static_cast<Port>((static_cast<uint64_t>(port) & ~mask) | (static_cast<uint64_t>(value) << (32 * n)));
    }
}

template <class Port>
void clear(Port& port) {
    for (int n = 0; 32 * n < static_cast<int>(8 * sizeof(Port)); ++n) put(port, n, 0);
}

// Set `count` bits of a port from bit `low` on.
template <class Port>
void put_bits(Port& port, int low, int count, uint32_t value) {
    for (int done = 0; done < count;) {
        const int n = (low + done) / 32, at = (low + done) % 32, here = at + count - done > 32 ? 32 - at : count - done;
        const uint32_t mask = (here == 32 ? ~0u : (1u << here) - 1) << at;
        put(port, n, (word(port, n) & ~mask) | ((value >> done << at) & mask));
        done += here;
    }
}

// A design and its host; `Self::edge` lets one cycle pass, with `tick` for the clock.
template <class Self>
struct Host {
    VerilatedContext context;
    std::unique_ptr<Vfabric> top = std::make_unique<Vfabric>(&context);
    int to_effect = 0;  // cycles from the one in which a write is taken to the first that sees it

    void tick() {
        top->clock = 0;
        top->eval();
        const bool aw = top->s_axil_awvalid && top->s_axil_awready;
        const bool w = top->s_axil_wvalid && top->s_axil_wready;
        top->clock = 1;
        top->eval();
        if (aw) top->s_axil_awvalid = 0;
        if (w) top->s_axil_wvalid = 0;
    }

    // Reset, and find out how long it takes until time flows; it does afterwards.
    void start(uint32_t control, uint32_t run) {
        top->s_axil_rready = top->s_axil_bready = 1;
        top->reset = 1;
        for (int n = 0; n < 4; ++n) edge();
        top->reset = 0;
        edge();
        write(control, run);
        while (top->system_time == 0) {
            edge();
            ++to_effect;
        }
        while (top->s_axil_bvalid) edge();
    }

    // Offer a write on an idle bus; it is taken with the next edge.
    void offer(uint32_t address, uint32_t data) {
        top->s_axil_awaddr = address;
        top->s_axil_wdata = data;
        top->s_axil_wstrb = 0xf;
        top->s_axil_awvalid = top->s_axil_wvalid = 1;
    }

    void write(uint32_t address, uint32_t data) {
        offer(address, data);
        while (top->s_axil_awvalid || top->s_axil_wvalid) edge();
    }

    // Return the response to a write, 0 if it was accepted.
    int answer() {
        while (!top->s_axil_bvalid) edge();
        const int response = top->s_axil_bresp;
        edge();
        return response;
    }

    // Read registers, the next address waiting while one is answered. Out: their values, −1 where the bus answers with
    // an error.
    void read(const int64_t* addresses, int64_t count, int64_t* out) {
        for (int64_t asked = 0, answered = 0; answered < count;) {
            top->s_axil_arvalid = asked < count;
            if (asked < count) top->s_axil_araddr = static_cast<uint32_t>(addresses[asked]);
            const bool taken = top->s_axil_arvalid && top->s_axil_arready;
            if (top->s_axil_rvalid) out[answered++] = top->s_axil_rresp ? -1 : static_cast<int64_t>(top->s_axil_rdata);
            edge();
            asked += taken;
        }
        top->s_axil_arvalid = 0;
    }

    void edge() { static_cast<Self*>(this)->edge(); }
};
