// node's ws: everybody at /sub gets what is said at /pub, as its own examples do it.
'use strict'
const { WebSocketServer, WebSocket } = require('ws')

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(process.argv[2]),
  perMessageDeflate: false,
  backlog: 2048,
})
const readers = new Set()

server.on('connection', (socket, request) => {
  socket.on('error', () => {})
  if (request.url === '/sub') {
    readers.add(socket)
    socket.on('close', () => readers.delete(socket))
    return
  }
  socket.on('message', (data) => {
    for (const reader of readers) {
      if (reader.readyState === WebSocket.OPEN) reader.send(data, { binary: false })
    }
  })
})
